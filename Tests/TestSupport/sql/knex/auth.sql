-- backstage_plugin_auth of Backstage 1.35.0-next.1, by its own migrations, run by knex 3.3.0 with pg 8.8.0,
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

CREATE TABLE public.sessions (
    sid character varying(255) NOT NULL,
    sess text NOT NULL,
    expired timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.sessions IS 'What public.sessions is for';

COMMENT ON COLUMN public.sessions.sid IS 'What public.sessions.sid is for';

COMMENT ON COLUMN public.sessions.sess IS 'What public.sessions.sess is for';

COMMENT ON COLUMN public.sessions.expired IS 'What public.sessions.expired is for';

CREATE TABLE public.signing_keys (
    kid character varying(255) NOT NULL,
    created_at timestamp(0) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    key text NOT NULL
);

COMMENT ON TABLE public.signing_keys IS 'What public.signing_keys is for';

COMMENT ON COLUMN public.signing_keys.kid IS 'What public.signing_keys.kid is for';

COMMENT ON COLUMN public.signing_keys.created_at IS 'What public.signing_keys.created_at is for';

COMMENT ON COLUMN public.signing_keys.key IS 'What public.signing_keys.key is for';

CREATE TABLE public.user_info (
    user_entity_ref character varying(255) NOT NULL,
    user_info text NOT NULL,
    exp timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.user_info IS 'What public.user_info is for';

COMMENT ON COLUMN public.user_info.user_entity_ref IS 'What public.user_info.user_entity_ref is for';

COMMENT ON COLUMN public.user_info.user_info IS 'What public.user_info.user_info is for';

COMMENT ON COLUMN public.user_info.exp IS 'What public.user_info.exp is for';

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

ALTER TABLE ONLY public.knex_migrations_lock
    ADD CONSTRAINT knex_migrations_lock_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.knex_migrations
    ADD CONSTRAINT knex_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (sid);

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);

ALTER TABLE ONLY public.user_info
    ADD CONSTRAINT user_info_pkey PRIMARY KEY (user_entity_ref);

CREATE INDEX sessions_expired_idx ON public.sessions USING btree (expired);

CREATE INDEX sessions_sid_idx ON public.sessions USING btree (sid);

INSERT INTO public.backstage_backend_public_keys__knex_migrations VALUES (1, '20240327104803_public_keys.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_public_keys__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (1, '20210928160613_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (2, '20240712211735_nullable_next_run.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_tasks__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.knex_migrations VALUES (1, '20200619125845_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (2, '20210326100300_timestamptz.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (3, '20220321100910_timestamptz_again.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (4, '20220522100910_key_field_size.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (5, '20230428155633_sessions.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (6, '20240510120825_user_info.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.knex_migrations_lock VALUES (1, 0);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_id_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_id_seq', 2, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.knex_migrations_id_seq', 6, true);

SELECT pg_catalog.setval('public.knex_migrations_lock_index_seq', 1, true);
