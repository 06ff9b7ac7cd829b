-- An ordinary role may make an aggregate; its row in pg_proc names the language "internal", as only a superuser's
-- functions may.
CREATE AGGREGATE list_of(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray, INITCOND = '{}');
CREATE TABLE words (word text PRIMARY KEY);
