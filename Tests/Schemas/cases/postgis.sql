-- PostGIS: types and operators of an extension, a table of the extension's that holds rows of users, an index, a view
-- and a column that is computed by its functions.
CREATE EXTENSION postgis;
CREATE SCHEMA maps;
CREATE TABLE maps.places (
    id integer PRIMARY KEY,
    name text NOT NULL,
    spot geometry(Point, 4326) NOT NULL,
    area geography(Polygon, 4326),
    easting double precision GENERATED ALWAYS AS (ST_X(spot)) STORED,
    CONSTRAINT on_earth CHECK (ST_X(spot) BETWEEN -180 AND 180)
);
CREATE INDEX places_spot ON maps.places USING gist (spot);
INSERT INTO maps.places (id, name, spot, area)
SELECT n, 'place ' || n, ST_SetSRID(ST_MakePoint(n % 180, n % 90), 4326),
    ST_GeogFromText(format('POLYGON((%1$s 0, %1$s 1, %2$s 1, %1$s 0))', n % 80, n % 80 + 1))
FROM generate_series(1, 500) AS n;
CREATE VIEW maps.near AS SELECT id, ST_Distance(spot, 'SRID=4326;POINT(0 0)'::geometry) AS degrees FROM maps.places;
CREATE MATERIALIZED VIEW maps.hulls AS SELECT ST_ConvexHull(ST_Collect(spot)) AS hull FROM maps.places;
-- A reference system of the users' own: pg_dump takes along those that PostGIS did not bring.
INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)
VALUES (990001, 'rehome', 1, 'LOCAL_CS["ours"]', '+proj=longlat +datum=WGS84');
