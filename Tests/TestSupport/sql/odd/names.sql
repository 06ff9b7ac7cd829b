-- Names with all that has a meaning in SQL, psql, COPY or a regular expression.
CREATE SCHEMA "sch""ema	with tab"; CREATE SCHEMA "$user"; CREATE SCHEMA "ΑΒΓ; DROP";
CREATE TABLE "sch""ema	with tab"."ta
ble" ("co""l" int PRIMARY KEY, "%s" text DEFAULT '%L $1 \', ":x" text, "\\" text, "é" text, "é" text);
INSERT INTO "sch""ema	with tab"."ta
ble" SELECT g, 'a', E'b\nc\\.\n\\N', E'\\N', 'x', 'y' FROM generate_series(1, 10) g;
CREATE TABLE "$user"."select" ("from" serial, "WHERE" text); INSERT INTO "$user"."select" ("WHERE") VALUES ('\.'), (E'\\.\n'), ('');
CREATE TABLE "ΑΒΓ; DROP"."aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" (bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb serial PRIMARY KEY, ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc int UNIQUE CHECK (ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc > 0) NOT NULL);
INSERT INTO "ΑΒΓ; DROP"."aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" (ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc) VALUES (1), (2);
COMMENT ON COLUMN "sch""ema	with tab"."ta
ble"."\\" IS E'a;b\n--c\\ ''q'' $$ $a$';
CREATE FUNCTION "$user"."f(); --"("a b" int DEFAULT 1, VARIADIC "c""d" text[] DEFAULT '{"x;y"}') RETURNS text LANGUAGE plpgsql AS $f$ BEGIN /* ; */ RETURN $$;'$$ || $a$ $f $a$; END; $f$;
-- Meanwhile:
UPDATE "sch""ema	with tab"."ta
ble" SET "é" = 'changed' WHERE "co""l" < 4; DELETE FROM "$user"."select" WHERE "WHERE" = '\.'; INSERT INTO "$user"."select" ("WHERE") VALUES (E'\r\n\\'); UPDATE "ΑΒΓ; DROP"."aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" SET ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc = 3 WHERE ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc = 2;
