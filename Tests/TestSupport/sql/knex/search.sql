-- backstage_plugin_search of Backstage 1.35.0-next.1, by its own migrations, run by knex 3.3.0 with pg 8.8.0,
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

CREATE TABLE public.documents (
    type text NOT NULL,
    document jsonb NOT NULL,
    body tsvector GENERATED ALWAYS AS (((setweight(to_tsvector('english'::regconfig, (document ->> 'title'::text)), 'A'::"char") || setweight(to_tsvector('english'::regconfig, (document ->> 'text'::text)), 'B'::"char")) || setweight(to_tsvector('english'::regconfig, (((document - 'location'::text) - 'title'::text) - 'text'::text)), 'C'::"char"))) STORED NOT NULL,
    hash bytea NOT NULL
);

COMMENT ON TABLE public.documents IS 'What public.documents is for';

COMMENT ON COLUMN public.documents.type IS 'What public.documents.type is for';

COMMENT ON COLUMN public.documents.document IS 'What public.documents.document is for';

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

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.knex_migrations_lock
    ADD CONSTRAINT knex_migrations_lock_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.knex_migrations
    ADD CONSTRAINT knex_migrations_pkey PRIMARY KEY (id);

CREATE INDEX documents_body_index ON public.documents USING gin (body);

CREATE INDEX documents_document_index ON public.documents USING gin (document);

CREATE INDEX documents_type_index ON public.documents USING btree (type);

INSERT INTO public.backstage_backend_public_keys__knex_migrations VALUES (1, '20240327104803_public_keys.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_public_keys__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (1, '20210928160613_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (2, '20240712211735_nullable_next_run.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_tasks__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.knex_migrations VALUES (1, '20210311110000_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (2, '20210727180000_delta_update.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.knex_migrations_lock VALUES (1, 0);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_id_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_id_seq', 2, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.knex_migrations_id_seq', 2, true);

SELECT pg_catalog.setval('public.knex_migrations_lock_index_seq', 1, true);
