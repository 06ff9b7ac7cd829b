-- backstage_plugin_notifications of Backstage 1.35.0-next.1, by its own migrations, run by knex 3.3.0 with pg 8.8.0,
-- on PostgreSQL 15.18. Written by make_backstage_fixture.py; the comments' words and the times are its own.

CREATE TABLE public.backstage_backend_public_keys__keys (
    id character varying(255) NOT NULL,
    key text NOT NULL,
    expires_at character varying(255) NOT NULL
);

COMMENT ON COLUMN public.backstage_backend_public_keys__keys.id IS 'What public.backstage_backend_public_keys__keys.id is for';

COMMENT ON COLUMN public.backstage_backend_public_keys__keys.key IS 'What public.backstage_backend_public_keys__keys.key is for';

COMMENT ON COLUMN public.backstage_backend_public_keys__keys.expires_at IS 'What public.backstage_backend_public_keys__keys.expires_at is for';

CREATE TABLE public.backstage_backend_public_keys__knex_migrations (
    id integer NOT NULL,
    name character varying(255),
    batch integer,
    migration_time timestamp with time zone
);

CREATE SEQUENCE public.backstage_backend_public_keys__knex_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.backstage_backend_public_keys__knex_migrations_id_seq OWNED BY public.backstage_backend_public_keys__knex_migrations.id;

CREATE TABLE public.backstage_backend_public_keys__knex_migrations_lock (
    index integer NOT NULL,
    is_locked integer
);

CREATE SEQUENCE public.backstage_backend_public_keys__knex_migrations_lock_index_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.backstage_backend_public_keys__knex_migrations_lock_index_seq OWNED BY public.backstage_backend_public_keys__knex_migrations_lock.index;

CREATE TABLE public.backstage_backend_tasks__knex_migrations (
    id integer NOT NULL,
    name character varying(255),
    batch integer,
    migration_time timestamp with time zone
);

CREATE SEQUENCE public.backstage_backend_tasks__knex_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.backstage_backend_tasks__knex_migrations_id_seq OWNED BY public.backstage_backend_tasks__knex_migrations.id;

CREATE TABLE public.backstage_backend_tasks__knex_migrations_lock (
    index integer NOT NULL,
    is_locked integer
);

CREATE SEQUENCE public.backstage_backend_tasks__knex_migrations_lock_index_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.backstage_backend_tasks__knex_migrations_lock_index_seq OWNED BY public.backstage_backend_tasks__knex_migrations_lock.index;

CREATE TABLE public.backstage_backend_tasks__tasks (
    id character varying(255) NOT NULL,
    settings_json text NOT NULL,
    next_run_start_at timestamp with time zone,
    current_run_ticket text,
    current_run_started_at timestamp with time zone,
    current_run_expires_at timestamp with time zone
);

COMMENT ON TABLE public.backstage_backend_tasks__tasks IS 'What public.backstage_backend_tasks__tasks is for';

COMMENT ON COLUMN public.backstage_backend_tasks__tasks.id IS 'What public.backstage_backend_tasks__tasks.id is for';

COMMENT ON COLUMN public.backstage_backend_tasks__tasks.settings_json IS 'What public.backstage_backend_tasks__tasks.settings_json is for';

COMMENT ON COLUMN public.backstage_backend_tasks__tasks.next_run_start_at IS 'What public.backstage_backend_tasks__tasks.next_run_start_at is for';

COMMENT ON COLUMN public.backstage_backend_tasks__tasks.current_run_ticket IS 'What public.backstage_backend_tasks__tasks.current_run_ticket is for';

COMMENT ON COLUMN public.backstage_backend_tasks__tasks.current_run_started_at IS 'What public.backstage_backend_tasks__tasks.current_run_started_at is for';

COMMENT ON COLUMN public.backstage_backend_tasks__tasks.current_run_expires_at IS 'What public.backstage_backend_tasks__tasks.current_run_expires_at is for';

CREATE TABLE public.broadcast (
    id uuid NOT NULL,
    title character varying(255) NOT NULL,
    description text,
    severity character varying(8) NOT NULL,
    link text,
    origin character varying(255) NOT NULL,
    scope character varying(255),
    topic character varying(255),
    created timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated timestamp with time zone,
    icon character varying(255)
);

CREATE TABLE public.broadcast_user_status (
    broadcast_id uuid NOT NULL,
    "user" character varying(255) NOT NULL,
    read timestamp with time zone,
    saved timestamp with time zone
);

CREATE TABLE public.knex_migrations (
    id integer NOT NULL,
    name character varying(255),
    batch integer,
    migration_time timestamp with time zone
);

CREATE SEQUENCE public.knex_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.knex_migrations_id_seq OWNED BY public.knex_migrations.id;

CREATE TABLE public.knex_migrations_lock (
    index integer NOT NULL,
    is_locked integer
);

CREATE SEQUENCE public.knex_migrations_lock_index_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.knex_migrations_lock_index_seq OWNED BY public.knex_migrations_lock.index;

CREATE TABLE public.notification (
    id uuid NOT NULL,
    "user" character varying(255) NOT NULL,
    title character varying(255) NOT NULL,
    description text,
    severity character varying(8) NOT NULL,
    link text,
    origin character varying(255) NOT NULL,
    scope character varying(255),
    topic character varying(255),
    created timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated timestamp with time zone,
    read timestamp with time zone,
    saved timestamp with time zone,
    icon character varying(255)
);

CREATE TABLE public.user_settings (
    "user" character varying(255) NOT NULL,
    channel character varying(255) NOT NULL,
    origin character varying(255) NOT NULL,
    enabled boolean DEFAULT true NOT NULL
);

ALTER TABLE ONLY public.backstage_backend_public_keys__knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.backstage_backend_public_keys__knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_public_keys__knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.backstage_backend_public_keys__knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_tasks__knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.backstage_backend_tasks__knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_tasks__knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.backstage_backend_tasks__knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_public_keys__keys
    ADD CONSTRAINT backstage_backend_public_keys__keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.backstage_backend_public_keys__knex_migrations_lock
    ADD CONSTRAINT backstage_backend_public_keys__knex_migrations_lock_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.backstage_backend_public_keys__knex_migrations
    ADD CONSTRAINT backstage_backend_public_keys__knex_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.backstage_backend_tasks__knex_migrations_lock
    ADD CONSTRAINT backstage_backend_tasks__knex_migrations_lock_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.backstage_backend_tasks__knex_migrations
    ADD CONSTRAINT backstage_backend_tasks__knex_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.backstage_backend_tasks__tasks
    ADD CONSTRAINT backstage_backend_tasks__tasks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.broadcast
    ADD CONSTRAINT broadcast_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.broadcast_user_status
    ADD CONSTRAINT broadcast_user_idx UNIQUE (broadcast_id, "user");

ALTER TABLE ONLY public.knex_migrations_lock
    ADD CONSTRAINT knex_migrations_lock_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.knex_migrations
    ADD CONSTRAINT knex_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.user_settings
    ADD CONSTRAINT user_settings_unique_idx UNIQUE ("user", channel, origin);

CREATE INDEX broadcast_cope_origin_idx ON public.broadcast USING btree (scope, origin);

CREATE INDEX notification_scope_origin_idx ON public.notification USING btree (scope, origin);

CREATE INDEX notification_user_idx ON public.notification USING btree ("user");

CREATE INDEX user_settings_user_idx ON public.user_settings USING btree ("user");

ALTER TABLE ONLY public.broadcast_user_status
    ADD CONSTRAINT broadcast_user_status_broadcast_id_foreign FOREIGN KEY (broadcast_id) REFERENCES public.broadcast(id) ON DELETE CASCADE;

INSERT INTO public.backstage_backend_public_keys__knex_migrations VALUES (1, '20240327104803_public_keys.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_public_keys__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (1, '20210928160613_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (2, '20240712211735_nullable_next_run.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_tasks__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.knex_migrations VALUES (1, '20231215_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (2, '20240221_removeDone.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (3, '20240313_broadcast.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (4, '20240808_settings.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (5, '20240902_addIcon.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.knex_migrations_lock VALUES (1, 0);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_id_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_id_seq', 2, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.knex_migrations_id_seq', 5, true);

SELECT pg_catalog.setval('public.knex_migrations_lock_index_seq', 1, true);
