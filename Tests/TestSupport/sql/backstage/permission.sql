CREATE TABLE casbin_rule (id serial PRIMARY KEY, ptype varchar, v0 varchar, v1 varchar, v2 varchar, v3 varchar, v4 varchar, v5 varchar, v6 varchar);
CREATE TABLE "role-metadata" (id serial PRIMARY KEY, "roleEntityRef" varchar(255) UNIQUE, source varchar(255), description varchar(255),
    author varchar(255), "modifiedBy" varchar(255), "lastModified" varchar(255), "createdAt" varchar(255), "isDefault" boolean DEFAULT false);
CREATE TABLE "role-condition-policies" (id serial PRIMARY KEY, result varchar(255), "roleEntityRef" varchar(255), "pluginId" varchar(255),
    "resourceType" varchar(255), permissions jsonb, "conditionsJson" text);
INSERT INTO casbin_rule (ptype, v0, v1, v2, v3)
SELECT 'p', 'role:default/role-' || i % 40, 'catalog-entity', (ARRAY['read', 'create', 'update', 'delete'])[i % 4 + 1], 'allow'
FROM generate_series(1, (600 * :scale)::integer) AS i;
INSERT INTO "role-metadata" ("roleEntityRef", source, "modifiedBy", "lastModified")
SELECT 'role:default/role-' || i, 'rest', 'user:default/admin', 'Sun, 01 Jun 2025 10:00:00 GMT' FROM generate_series(0, 39) AS i;
INSERT INTO "role-condition-policies" (result, "roleEntityRef", "pluginId", "resourceType", permissions, "conditionsJson")
SELECT 'CONDITIONAL', 'role:default/role-' || i, 'catalog', 'catalog-entity', '[{"name":"catalog.entity.read","action":"read"}]',
    '{"rule":"IS_ENTITY_OWNER","params":{"claims":["$currentUser"]}}' FROM generate_series(0, 9) AS i;
