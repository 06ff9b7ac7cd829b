-- backstage_plugin_catalog of Backstage 1.35.0-next.1, by its own migrations, run by knex 3.3.0 with pg 8.8.0,
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

CREATE TABLE public.final_entities (
    entity_id character varying(255) NOT NULL,
    hash character varying(255) NOT NULL,
    stitch_ticket text NOT NULL,
    final_entity text,
    last_updated_at timestamp with time zone,
    entity_ref character varying(255) NOT NULL
);

COMMENT ON TABLE public.final_entities IS 'What public.final_entities is for';

COMMENT ON COLUMN public.final_entities.entity_id IS 'What public.final_entities.entity_id is for';

COMMENT ON COLUMN public.final_entities.hash IS 'What public.final_entities.hash is for';

COMMENT ON COLUMN public.final_entities.stitch_ticket IS 'What public.final_entities.stitch_ticket is for';

COMMENT ON COLUMN public.final_entities.final_entity IS 'What public.final_entities.final_entity is for';

COMMENT ON COLUMN public.final_entities.last_updated_at IS 'What public.final_entities.last_updated_at is for';

COMMENT ON COLUMN public.final_entities.entity_ref IS 'What public.final_entities.entity_ref is for';

CREATE TABLE public.incremental_ingestion__knex_migrations (
    id integer NOT NULL,
    name character varying(255),
    batch integer,
    migration_time timestamp with time zone
);

CREATE SEQUENCE public.incremental_ingestion__knex_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.incremental_ingestion__knex_migrations_id_seq OWNED BY public.incremental_ingestion__knex_migrations.id;

CREATE TABLE public.incremental_ingestion__knex_migrations_lock (
    index integer NOT NULL,
    is_locked integer
);

CREATE SEQUENCE public.incremental_ingestion__knex_migrations_lock_index_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.incremental_ingestion__knex_migrations_lock_index_seq OWNED BY public.incremental_ingestion__knex_migrations_lock.index;

CREATE TABLE public.ingestion_mark_entities (
    id uuid NOT NULL,
    ingestion_mark_id uuid NOT NULL,
    ref character varying(255) NOT NULL
);

COMMENT ON TABLE public.ingestion_mark_entities IS 'What public.ingestion_mark_entities is for';

COMMENT ON COLUMN public.ingestion_mark_entities.id IS 'What public.ingestion_mark_entities.id is for';

COMMENT ON COLUMN public.ingestion_mark_entities.ingestion_mark_id IS 'What public.ingestion_mark_entities.ingestion_mark_id is for';

COMMENT ON COLUMN public.ingestion_mark_entities.ref IS 'What public.ingestion_mark_entities.ref is for';

CREATE TABLE public.ingestion_marks (
    id uuid NOT NULL,
    ingestion_id uuid NOT NULL,
    cursor json,
    sequence integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

COMMENT ON TABLE public.ingestion_marks IS 'What public.ingestion_marks is for';

COMMENT ON COLUMN public.ingestion_marks.id IS 'What public.ingestion_marks.id is for';

COMMENT ON COLUMN public.ingestion_marks.ingestion_id IS 'What public.ingestion_marks.ingestion_id is for';

COMMENT ON COLUMN public.ingestion_marks.cursor IS 'What public.ingestion_marks.cursor is for';

COMMENT ON COLUMN public.ingestion_marks.sequence IS 'What public.ingestion_marks.sequence is for';

CREATE TABLE public.ingestions (
    id uuid NOT NULL,
    provider_name character varying(255) NOT NULL,
    status character varying(255) NOT NULL,
    next_action character varying(255) NOT NULL,
    next_action_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    last_error character varying(255),
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    ingestion_completed_at timestamp with time zone,
    rest_completed_at timestamp with time zone,
    completion_ticket character varying(255) NOT NULL
);

COMMENT ON TABLE public.ingestions IS 'What public.ingestions is for';

COMMENT ON COLUMN public.ingestions.id IS 'What public.ingestions.id is for';

COMMENT ON COLUMN public.ingestions.provider_name IS 'What public.ingestions.provider_name is for';

COMMENT ON COLUMN public.ingestions.status IS 'What public.ingestions.status is for';

COMMENT ON COLUMN public.ingestions.next_action IS 'What public.ingestions.next_action is for';

COMMENT ON COLUMN public.ingestions.next_action_at IS 'What public.ingestions.next_action_at is for';

COMMENT ON COLUMN public.ingestions.last_error IS 'What public.ingestions.last_error is for';

COMMENT ON COLUMN public.ingestions.attempts IS 'What public.ingestions.attempts is for';

COMMENT ON COLUMN public.ingestions.created_at IS 'What public.ingestions.created_at is for';

COMMENT ON COLUMN public.ingestions.ingestion_completed_at IS 'What public.ingestions.ingestion_completed_at is for';

COMMENT ON COLUMN public.ingestions.rest_completed_at IS 'What public.ingestions.rest_completed_at is for';

COMMENT ON COLUMN public.ingestions.completion_ticket IS 'What public.ingestions.completion_ticket is for';

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

CREATE TABLE public.location_update_log (
    id bigint NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    message text,
    location_id uuid,
    entity_name text,
    CONSTRAINT location_update_log_status_check CHECK ((status = ANY (ARRAY['success'::text, 'fail'::text])))
);

CREATE SEQUENCE public.location_update_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.location_update_log_id_seq OWNED BY public.location_update_log.id;

CREATE VIEW public.location_update_log_latest AS
SELECT
    NULL::bigint AS id,
    NULL::text AS status,
    NULL::timestamp with time zone AS created_at,
    NULL::text AS message,
    NULL::uuid AS location_id,
    NULL::text AS entity_name;

CREATE TABLE public.locations (
    id uuid NOT NULL,
    type character varying(255) NOT NULL,
    target text
);

COMMENT ON TABLE public.locations IS 'What public.locations is for';

COMMENT ON COLUMN public.locations.id IS 'What public.locations.id is for';

COMMENT ON COLUMN public.locations.type IS 'What public.locations.type is for';

COMMENT ON COLUMN public.locations.target IS 'What public.locations.target is for';

CREATE TABLE public.refresh_keys (
    entity_id character varying(255) NOT NULL,
    key character varying(255) NOT NULL
);

COMMENT ON TABLE public.refresh_keys IS 'What public.refresh_keys is for';

COMMENT ON COLUMN public.refresh_keys.entity_id IS 'What public.refresh_keys.entity_id is for';

COMMENT ON COLUMN public.refresh_keys.key IS 'What public.refresh_keys.key is for';

CREATE TABLE public.refresh_state (
    entity_id character varying(255) NOT NULL,
    entity_ref character varying(255) NOT NULL,
    unprocessed_entity text NOT NULL,
    processed_entity text,
    cache text,
    errors text NOT NULL,
    next_update_at timestamp with time zone NOT NULL,
    last_discovery_at timestamp with time zone NOT NULL,
    location_key text,
    result_hash text,
    unprocessed_hash text,
    next_stitch_at timestamp with time zone,
    next_stitch_ticket character varying(255)
);

COMMENT ON TABLE public.refresh_state IS 'What public.refresh_state is for';

COMMENT ON COLUMN public.refresh_state.entity_id IS 'What public.refresh_state.entity_id is for';

COMMENT ON COLUMN public.refresh_state.entity_ref IS 'What public.refresh_state.entity_ref is for';

COMMENT ON COLUMN public.refresh_state.unprocessed_entity IS 'What public.refresh_state.unprocessed_entity is for';

COMMENT ON COLUMN public.refresh_state.processed_entity IS 'What public.refresh_state.processed_entity is for';

COMMENT ON COLUMN public.refresh_state.cache IS 'What public.refresh_state.cache is for';

COMMENT ON COLUMN public.refresh_state.errors IS 'What public.refresh_state.errors is for';

COMMENT ON COLUMN public.refresh_state.next_update_at IS 'What public.refresh_state.next_update_at is for';

COMMENT ON COLUMN public.refresh_state.last_discovery_at IS 'What public.refresh_state.last_discovery_at is for';

COMMENT ON COLUMN public.refresh_state.location_key IS 'What public.refresh_state.location_key is for';

COMMENT ON COLUMN public.refresh_state.result_hash IS 'What public.refresh_state.result_hash is for';

COMMENT ON COLUMN public.refresh_state.unprocessed_hash IS 'What public.refresh_state.unprocessed_hash is for';

COMMENT ON COLUMN public.refresh_state.next_stitch_at IS 'What public.refresh_state.next_stitch_at is for';

COMMENT ON COLUMN public.refresh_state.next_stitch_ticket IS 'What public.refresh_state.next_stitch_ticket is for';

CREATE TABLE public.refresh_state_references (
    id integer NOT NULL,
    source_key text,
    source_entity_ref text,
    target_entity_ref text NOT NULL
);

COMMENT ON TABLE public.refresh_state_references IS 'What public.refresh_state_references is for';

COMMENT ON COLUMN public.refresh_state_references.id IS 'What public.refresh_state_references.id is for';

COMMENT ON COLUMN public.refresh_state_references.source_key IS 'What public.refresh_state_references.source_key is for';

COMMENT ON COLUMN public.refresh_state_references.source_entity_ref IS 'What public.refresh_state_references.source_entity_ref is for';

COMMENT ON COLUMN public.refresh_state_references.target_entity_ref IS 'What public.refresh_state_references.target_entity_ref is for';

CREATE SEQUENCE public.refresh_state_references_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.refresh_state_references_id_seq OWNED BY public.refresh_state_references.id;

CREATE TABLE public.relations (
    originating_entity_id character varying(255) NOT NULL,
    source_entity_ref character varying(255) NOT NULL,
    type character varying(255) NOT NULL,
    target_entity_ref character varying(255) NOT NULL
);

COMMENT ON TABLE public.relations IS 'What public.relations is for';

COMMENT ON COLUMN public.relations.originating_entity_id IS 'What public.relations.originating_entity_id is for';

COMMENT ON COLUMN public.relations.source_entity_ref IS 'What public.relations.source_entity_ref is for';

COMMENT ON COLUMN public.relations.type IS 'What public.relations.type is for';

COMMENT ON COLUMN public.relations.target_entity_ref IS 'What public.relations.target_entity_ref is for';

CREATE TABLE public.search (
    entity_id character varying(255),
    key character varying(255) NOT NULL,
    value character varying(255),
    original_value character varying(255)
);

COMMENT ON TABLE public.search IS 'What public.search is for';

COMMENT ON COLUMN public.search.entity_id IS 'What public.search.entity_id is for';

COMMENT ON COLUMN public.search.key IS 'What public.search.key is for';

COMMENT ON COLUMN public.search.value IS 'What public.search.value is for';

COMMENT ON COLUMN public.search.original_value IS 'What public.search.original_value is for';

ALTER TABLE ONLY public.backstage_backend_public_keys__knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.backstage_backend_public_keys__knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_public_keys__knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.backstage_backend_public_keys__knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_tasks__knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.backstage_backend_tasks__knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.backstage_backend_tasks__knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.backstage_backend_tasks__knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.incremental_ingestion__knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.incremental_ingestion__knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.incremental_ingestion__knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.incremental_ingestion__knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.knex_migrations ALTER COLUMN id SET DEFAULT nextval('public.knex_migrations_id_seq'::regclass);

ALTER TABLE ONLY public.knex_migrations_lock ALTER COLUMN index SET DEFAULT nextval('public.knex_migrations_lock_index_seq'::regclass);

ALTER TABLE ONLY public.location_update_log ALTER COLUMN id SET DEFAULT nextval('public.location_update_log_id_seq'::regclass);

ALTER TABLE ONLY public.refresh_state_references ALTER COLUMN id SET DEFAULT nextval('public.refresh_state_references_id_seq'::regclass);

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

ALTER TABLE ONLY public.final_entities
    ADD CONSTRAINT final_entities_entity_ref_uniq UNIQUE (entity_ref);

ALTER TABLE ONLY public.final_entities
    ADD CONSTRAINT final_entities_pkey PRIMARY KEY (entity_id);

ALTER TABLE ONLY public.incremental_ingestion__knex_migrations_lock
    ADD CONSTRAINT incremental_ingestion__knex_migrations_lock_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.incremental_ingestion__knex_migrations
    ADD CONSTRAINT incremental_ingestion__knex_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ingestions
    ADD CONSTRAINT ingestion_composite_index UNIQUE (provider_name, completion_ticket) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.ingestion_mark_entities
    ADD CONSTRAINT ingestion_mark_entities_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ingestion_marks
    ADD CONSTRAINT ingestion_marks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ingestions
    ADD CONSTRAINT ingestions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.knex_migrations_lock
    ADD CONSTRAINT knex_migrations_lock_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.knex_migrations
    ADD CONSTRAINT knex_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.location_update_log
    ADD CONSTRAINT location_update_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.locations
    ADD CONSTRAINT locations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.refresh_state
    ADD CONSTRAINT refresh_state_entity_ref_uniq UNIQUE (entity_ref);

ALTER TABLE ONLY public.refresh_state
    ADD CONSTRAINT refresh_state_pkey PRIMARY KEY (entity_id);

ALTER TABLE ONLY public.refresh_state_references
    ADD CONSTRAINT refresh_state_references_pkey PRIMARY KEY (id);

CREATE INDEX ingestion_mark_entity_ingestion_mark_id_idx ON public.ingestion_mark_entities USING btree (ingestion_mark_id);

CREATE INDEX ingestion_mark_ingestion_id_idx ON public.ingestion_marks USING btree (ingestion_id);

CREATE INDEX ingestion_provider_name_idx ON public.ingestions USING btree (provider_name);

CREATE INDEX refresh_keys_entity_id_idx ON public.refresh_keys USING btree (entity_id);

CREATE INDEX refresh_keys_key_idx ON public.refresh_keys USING btree (key);

CREATE INDEX refresh_state_next_stitch_at_idx ON public.refresh_state USING btree (next_stitch_at) WHERE (next_stitch_at IS NOT NULL);

CREATE INDEX refresh_state_next_update_at_idx ON public.refresh_state USING btree (next_update_at);

CREATE INDEX refresh_state_references_source_entity_ref_idx ON public.refresh_state_references USING btree (source_entity_ref);

CREATE INDEX refresh_state_references_source_key_idx ON public.refresh_state_references USING btree (source_key);

CREATE INDEX refresh_state_references_target_entity_ref_idx ON public.refresh_state_references USING btree (target_entity_ref);

CREATE INDEX relations_source_entity_id_idx ON public.relations USING btree (originating_entity_id);

CREATE INDEX relations_source_entity_ref_idx ON public.relations USING btree (source_entity_ref);

CREATE INDEX search_entity_id_idx ON public.search USING btree (entity_id);

CREATE INDEX search_key_original_value_idx ON public.search USING btree (key, original_value);

CREATE INDEX search_key_value_idx ON public.search USING btree (key, value);

CREATE INDEX update_log_location_id_idx ON public.location_update_log USING btree (location_id);

CREATE OR REPLACE VIEW public.location_update_log_latest AS
 SELECT t1.id,
    t1.status,
    t1.created_at,
    t1.message,
    t1.location_id,
    t1.entity_name
   FROM (public.location_update_log t1
     JOIN ( SELECT location_update_log.location_id,
            max(location_update_log.id) AS maxid
           FROM public.location_update_log
          GROUP BY location_update_log.location_id) t2 ON (((t1.location_id = t2.location_id) AND (t1.id = t2.maxid))))
  GROUP BY t1.location_id, t1.id
  ORDER BY t1.created_at DESC;

ALTER TABLE ONLY public.final_entities
    ADD CONSTRAINT final_entities_entity_id_foreign FOREIGN KEY (entity_id) REFERENCES public.refresh_state(entity_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ingestion_mark_entities
    ADD CONSTRAINT ingestion_mark_entities_ingestion_mark_id_foreign FOREIGN KEY (ingestion_mark_id) REFERENCES public.ingestion_marks(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ingestion_marks
    ADD CONSTRAINT ingestion_marks_ingestion_id_foreign FOREIGN KEY (ingestion_id) REFERENCES public.ingestions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.location_update_log
    ADD CONSTRAINT location_update_log_location_id_foreign FOREIGN KEY (location_id) REFERENCES public.locations(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.refresh_keys
    ADD CONSTRAINT refresh_keys_entity_id_foreign FOREIGN KEY (entity_id) REFERENCES public.refresh_state(entity_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.refresh_state_references
    ADD CONSTRAINT refresh_state_references_source_entity_ref_foreign FOREIGN KEY (source_entity_ref) REFERENCES public.refresh_state(entity_ref) ON DELETE CASCADE;

ALTER TABLE ONLY public.refresh_state_references
    ADD CONSTRAINT refresh_state_references_target_entity_ref_foreign FOREIGN KEY (target_entity_ref) REFERENCES public.refresh_state(entity_ref) ON DELETE CASCADE;

ALTER TABLE ONLY public.relations
    ADD CONSTRAINT relations_originating_entity_id_foreign FOREIGN KEY (originating_entity_id) REFERENCES public.refresh_state(entity_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.search
    ADD CONSTRAINT search_entity_id_foreign FOREIGN KEY (entity_id) REFERENCES public.refresh_state(entity_id) ON DELETE CASCADE;

INSERT INTO public.backstage_backend_public_keys__knex_migrations VALUES (1, '20240327104803_public_keys.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_public_keys__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (1, '20210928160613_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.backstage_backend_tasks__knex_migrations VALUES (2, '20240712211735_nullable_next_run.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.backstage_backend_tasks__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.incremental_ingestion__knex_migrations VALUES (1, '20221116073152_init.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.incremental_ingestion__knex_migrations_lock VALUES (1, 0);

INSERT INTO public.knex_migrations VALUES (1, '20200511113813_init.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (2, '20200520140700_location_update_log_table.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (3, '20200527114117_location_update_log_latest_view.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (4, '20200702153613_entities.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (5, '20200721115244_location_update_log_latest_deduplicate.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (6, '20200805163904_location_update_log_duplication_fix.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (7, '20200807120600_entitySearch.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (8, '20200809202832_add_bootstrap_location.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (9, '20200923104503_case_insensitivity.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (10, '20201005122705_add_entity_full_name.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (11, '20201006130744_entity_data_column.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (12, '20201006203131_entity_remove_redundant_columns.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (13, '20201007201501_index_entity_search.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (14, '20201019130742_add_relations_table.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (15, '20201123205611_relations_table_uniq.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (16, '20201210185851_fk_index.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (17, '20201230103504_update_log_varchar.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (18, '20210209121210_locations_fk_index.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (19, '20210302150147_refresh_state.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (20, '20210622104022_refresh_state_location_key.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (21, '20210813143113_add_refresh_state_hash.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (22, '20210925102509_add_refresh_state_input_hash.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (23, '20220116144621_remove_legacy.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (24, '20220222164811_reprocess_for_relation_refs.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (25, '20220616202842_refresh_keys.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (26, '20221109192547_search_add_original_value_column.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (27, '20221201085245_add_last_updated_at_in_final_entities.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (28, '20230125085746_trigger_reprocessing.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (29, '20230525141717_stitch_queue.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (30, '20240130092632_search_index.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (31, '20241003170511_alter_target_in_locations.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (32, '20241024104700_add_entity_ref_to_final_entities.js', 1, '2026-01-02 03:04:05.678+00');
INSERT INTO public.knex_migrations VALUES (33, '20241111000000_drop_redundant_indices.js', 1, '2026-01-02 03:04:05.678+00');

INSERT INTO public.knex_migrations_lock VALUES (1, 0);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_id_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_public_keys__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_id_seq', 2, true);

SELECT pg_catalog.setval('public.backstage_backend_tasks__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.incremental_ingestion__knex_migrations_id_seq', 1, true);

SELECT pg_catalog.setval('public.incremental_ingestion__knex_migrations_lock_index_seq', 1, true);

SELECT pg_catalog.setval('public.knex_migrations_id_seq', 33, true);

SELECT pg_catalog.setval('public.knex_migrations_lock_index_seq', 1, true);
