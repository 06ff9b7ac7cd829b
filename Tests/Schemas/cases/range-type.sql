-- A range type brings its constructors, functions in the language "internal" that an ordinary role makes with it.
CREATE TYPE float_range AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
CREATE TABLE measured (id integer PRIMARY KEY, bounds float_range);
INSERT INTO measured VALUES (1, float_range(0.5, 1.5)), (2, 'empty');
