-- Keys without overlaps, and references by period.
-- Since 18.
CREATE EXTENSION btree_gist;
CREATE TABLE rooms (id int, valid daterange, price int, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
CREATE TABLE bookings (id int, room int, valid daterange, UNIQUE (id, valid WITHOUT OVERLAPS), FOREIGN KEY (room, PERIOD valid) REFERENCES rooms (id, PERIOD valid));
INSERT INTO rooms SELECT g, daterange('2026-01-01', '2026-12-31'), g FROM generate_series(1, 20) g;
INSERT INTO bookings SELECT g, g, daterange('2026-02-01', '2026-03-01') FROM generate_series(1, 20) g;
-- Meanwhile:
UPDATE rooms SET price = 100 WHERE id = 3; INSERT INTO rooms VALUES (99, '[2026-01-01,2026-02-01)', 1); DELETE FROM bookings WHERE id = 7; UPDATE rooms SET valid = daterange('2026-01-01', '2026-06-01') WHERE id = 7;
