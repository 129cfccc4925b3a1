-- Everything that has a number in pg_class: tables, views, sequences, indexes and the catalogs themselves.
CREATE MACRO _hatidata.base.relations(in_branch) AS TABLE
SELECT _hatidata.base.relation_oid(schema_name, name) AS oid, schema_name, name, 'r' AS kind, temporary, row_count, column_count,
    has_index, checks FROM _hatidata.base.tables(in_branch)
UNION ALL SELECT _hatidata.base.relation_oid(schema_name, name), schema_name, name, 'v', temporary, 0, column_count, false, 0
FROM _hatidata.base.views(in_branch)
UNION ALL SELECT _hatidata.base.relation_oid(schema_name, name), schema_name, name, 'S', temporary, 1, 3, false, 0
FROM _hatidata.base.sequences(in_branch)
UNION ALL SELECT _hatidata.base.relation_oid(schema_name, name), schema_name, name, 'i', schema_name = 'pg_temp', 0, len(parts), false, 0
FROM _hatidata.base.indexes(in_branch)
UNION ALL SELECT oid, schema_name, name, kind, false, 0, 0, false, 0 FROM _hatidata.base.system_relations();

-- Comments with what they are about.
CREATE MACRO _hatidata.base.comments(in_branch) AS TABLE
SELECT _hatidata.base.relation_oid(schema_name, name) AS oid, 1259::BIGINT AS class_oid, 0 AS place, comment FROM _hatidata.base.tables(in_branch) WHERE comment IS NOT NULL
UNION ALL SELECT _hatidata.base.relation_oid(schema_name, name), 1259, 0, comment FROM _hatidata.base.views(in_branch) WHERE comment IS NOT NULL
UNION ALL SELECT _hatidata.base.relation_oid(schema_name, name), 1259, 0, comment FROM _hatidata.base.indexes(in_branch) WHERE comment IS NOT NULL
UNION ALL SELECT _hatidata.base.relation_oid(schema_name, table_name), 1259, number, comment FROM _hatidata.base.columns(in_branch) WHERE comment IS NOT NULL
UNION ALL SELECT _hatidata.base.oid('type', schema_name, name), 1247, 0, comment FROM _hatidata.base.enums() WHERE comment IS NOT NULL
UNION ALL SELECT _hatidata.base.oid('function', schema_name, name), 1255, 0, comment FROM _hatidata.base.macros(in_branch) WHERE comment IS NOT NULL;

-- The owner of everything, and who the session says it is.
CREATE MACRO _hatidata.base.roles(in_role) AS TABLE
SELECT _hatidata.base.role_oid(name) AS oid, name, name = 'hatidata' AS super FROM (SELECT unnest(list_distinct(['hatidata', in_role])) AS name);
