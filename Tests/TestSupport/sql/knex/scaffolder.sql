-- backstage_plugin_scaffolder of Backstage 1.35.0-next.1, by its own migrations, run by knex 3.3.0 with pg 8.8.0,
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

CREATE TABLE public.task_events (
    id bigint NOT NULL,
    task_id uuid NOT NULL,
    body text NOT NULL,
    event_type text NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

COMMENT ON TABLE public.task_events IS 'What public.task_events is for';

COMMENT ON COLUMN public.task_events.id IS 'What public.task_events.id is for';

COMMENT ON COLUMN public.task_events.task_id IS 'What public.task_events.task_id is for';

COMMENT ON COLUMN public.task_events.body IS 'What public.task_events.body is for';

COMMENT ON COLUMN public.task_events.event_type IS 'What public.task_events.event_type is for';

COMMENT ON COLUMN public.task_events.created_at IS 'What public.task_events.created_at is for';

CREATE SEQUENCE public.task_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.task_events_id_seq OWNED BY public.task_events.id;

CREATE TABLE public.tasks (
    id uuid NOT NULL,
    spec text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    last_heartbeat_at timestamp with time zone,
    secrets text,
    created_by text,
    state text,
    workspace bytea
);

COMMENT ON TABLE public.tasks IS 'What public.tasks is for';

COMMENT ON COLUMN public.tasks.id IS 'What public.tasks.id is for';

COMMENT ON COLUMN public.tasks.spec IS 'What public.tasks.spec is for';

COMMENT ON COLUMN public.tasks.status IS 'What public.tasks.status is for';

COMMENT ON COLUMN public.tasks.created_at IS 'What public.tasks.created_at is for';

COMMENT ON COLUMN public.tasks.last_heartbeat_at IS 'What public.tasks.last_heartbeat_at is for';

COMMENT ON COLUMN public.tasks.secrets IS 'What public.tasks.secrets is for';

COMMENT ON COLUMN public.tasks.created_by IS 'What public.tasks.created_by is for';

COMMENT ON COLUMN public.tasks.state IS 'What public.tasks.state is for';

COMMENT ON COLUMN public.tasks.workspace IS 'What public.tasks.workspace is for';

ALTER TABLE ONLY public.backstage_backend_public_keys__knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.backstage_backend_public_keys__knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_public_keys__knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.backstage_backend_public_keys__knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_tasks__knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.backstage_backend_tasks__knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_tasks__knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.backstage_backend_tasks__knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.task_events ALTER COLUMN id SET DEFAULT nextval('public.task_events_id_seq'::regclass);

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

ALTER TABLE ONLY public.task_events
    ADD CONSTRAINT task_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

CREATE INDEX task_events_task_id_idx ON public.task_events USING btree (task_id);

ALTER TABLE ONLY public.task_events
    ADD CONSTRAINT task_events_task_id_foreign FOREIGN KEY (task_id) REFERENCES public.tasks(id) ON DELETE CASCADE;

INSERT INTO public.backstage_backend_public_keys__knex_migrations VALUES (1, '20240327104803_public_keys.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_public_keys__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (1, '20210928160613_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (2, '20240712211735_nullable_next_run.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_tasks__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.knex_migrations VALUES (1, '20210120143715_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (2, '20210409225200_secrets.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (3, '20220129100000_created_by.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (4, '20240203232000_state.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (5, '20240401213200_workspace.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.knex_migrations_lock VALUES (1, 0);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_id_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_id_seq', 2, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.knex_migrations_id_seq', 5, true);

SELECT pg_catalog.setval('public.knex_migrations_lock_index_seq', 1, true);
