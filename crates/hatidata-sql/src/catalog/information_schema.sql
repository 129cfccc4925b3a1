-- information_schema: the relations that clients read, with the columns of PostgreSQL 15.
--
-- Types are DuckDB's own names (`VARCHAR`, `DECIMAL(10,2)`): what the columns were declared with and what DuckDB's tools
-- expect there. udt_name has Postgres' names. Databases are called what the client called its own.

CREATE MACRO _hatidata.info.schemata(in_database) AS TABLE
SELECT in_database AS catalog_name, name AS schema_name, 'hatidata' AS schema_owner, NULL::VARCHAR AS default_character_set_catalog,
    NULL::VARCHAR AS default_character_set_schema, NULL::VARCHAR AS default_character_set_name, NULL::VARCHAR AS sql_path
FROM _hatidata.base.schemas() WHERE name <> 'pg_temp';

CREATE MACRO _hatidata.info.tables(in_branch, in_database) AS TABLE
SELECT in_database AS table_catalog, schema_name AS table_schema, name AS table_name,
    CASE WHEN kind = 'v' THEN 'VIEW' WHEN temporary THEN 'LOCAL TEMPORARY' ELSE 'BASE TABLE' END AS table_type,
    NULL::VARCHAR AS self_referencing_column_name, NULL::VARCHAR AS reference_generation, NULL::VARCHAR AS user_defined_type_catalog,
    NULL::VARCHAR AS user_defined_type_schema, NULL::VARCHAR AS user_defined_type_name,
    CASE WHEN kind = 'v' THEN 'NO' ELSE 'YES' END AS is_insertable_into, 'NO' AS is_typed,
    CASE WHEN temporary THEN 'PRESERVE' END AS commit_action, comment AS table_comment
FROM (
    SELECT schema_name, name, 'r' AS kind, temporary, comment FROM _hatidata.base.tables(in_branch)
    UNION ALL SELECT schema_name, name, 'v', temporary, comment FROM _hatidata.base.views(in_branch)
);

CREATE MACRO _hatidata.info.columns(in_branch, in_database) AS TABLE
SELECT in_database AS table_catalog, c.schema_name AS table_schema, c.table_name, c.name AS column_name,
    c.number::INTEGER AS ordinal_position, c.default_text AS column_default, CASE WHEN c.not_null THEN 'NO' ELSE 'YES' END AS is_nullable,
    c.data_type, NULL::INTEGER AS character_maximum_length, CASE WHEN c.type_oid = 25 THEN 1073741824 END AS character_octet_length,
    CASE c.type_oid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701 THEN 53
        WHEN 1700 THEN CASE WHEN c.modifier > 0 THEN (c.modifier - 4) >> 16 ELSE 38 END END::INTEGER AS numeric_precision,
    CASE WHEN c.type_oid IN (20, 21, 23, 700, 701) THEN 2 WHEN c.type_oid = 1700 THEN 10 END AS numeric_precision_radix,
    CASE WHEN c.type_oid IN (20, 21, 23) THEN 0 WHEN c.type_oid = 1700 THEN CASE WHEN c.modifier > 0 THEN (c.modifier - 4) & 65535 ELSE 0 END
        END::INTEGER AS numeric_scale,
    CASE WHEN c.type_oid IN (1083, 1114, 1184, 1186, 1266) THEN 6 WHEN c.type_oid = 1082 THEN 0 END AS datetime_precision,
    NULL::VARCHAR AS interval_type, NULL::INTEGER AS interval_precision, NULL::VARCHAR AS character_set_catalog,
    NULL::VARCHAR AS character_set_schema, NULL::VARCHAR AS character_set_name, NULL::VARCHAR AS collation_catalog,
    NULL::VARCHAR AS collation_schema, NULL::VARCHAR AS collation_name, NULL::VARCHAR AS domain_catalog, NULL::VARCHAR AS domain_schema,
    NULL::VARCHAR AS domain_name, in_database AS udt_catalog, 'pg_catalog' AS udt_schema, t.name AS udt_name,
    NULL::VARCHAR AS scope_catalog, NULL::VARCHAR AS scope_schema, NULL::VARCHAR AS scope_name, NULL::INTEGER AS maximum_cardinality,
    c.number::VARCHAR AS dtd_identifier, 'NO' AS is_self_referencing, 'NO' AS is_identity, NULL::VARCHAR AS identity_generation,
    NULL::VARCHAR AS identity_start, NULL::VARCHAR AS identity_increment, NULL::VARCHAR AS identity_maximum,
    NULL::VARCHAR AS identity_minimum, 'NO' AS identity_cycle, 'NEVER' AS is_generated, NULL::VARCHAR AS generation_expression,
    'YES' AS is_updatable, c.comment AS column_comment
FROM _hatidata.base.typed_columns(in_branch) c LEFT JOIN _hatidata.base.types() t ON t.oid = c.type_oid;

CREATE MACRO _hatidata.info.views(in_branch, in_database) AS TABLE
SELECT in_database AS table_catalog, schema_name AS table_schema, name AS table_name, definition AS view_definition,
    'NONE' AS check_option, 'NO' AS is_updatable, 'NO' AS is_insertable_into, 'NO' AS is_trigger_updatable,
    'NO' AS is_trigger_deletable, 'NO' AS is_trigger_insertable_into
FROM _hatidata.base.views(in_branch);

CREATE MACRO _hatidata.info.table_constraints(in_branch, in_database) AS TABLE
SELECT in_database AS constraint_catalog, schema_name AS constraint_schema, name AS constraint_name, in_database AS table_catalog,
    schema_name AS table_schema, table_name,
    CASE kind WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY' ELSE 'CHECK' END AS constraint_type,
    'NO' AS is_deferrable, 'NO' AS initially_deferred, 'YES' AS enforced, CASE kind WHEN 'u' THEN 'YES' END AS nulls_distinct
FROM _hatidata.base.constraints(in_branch)
UNION ALL
SELECT in_database, schema_name, table_name || '_' || name || '_not_null', in_database, schema_name, table_name, 'CHECK', 'NO', 'NO',
    'YES', NULL
FROM _hatidata.base.columns(in_branch) WHERE not_null;

-- A foreign key's columns stand for those of the unique key of its parent, in the order in which they are written.
CREATE MACRO _hatidata.info.key_column_usage(in_branch, in_database) AS TABLE
SELECT in_database AS constraint_catalog, schema_name AS constraint_schema, name AS constraint_name, in_database AS table_catalog,
    schema_name AS table_schema, table_name, unnest(columns) AS column_name,
    generate_subscripts(columns, 1)::INTEGER AS ordinal_position,
    CASE WHEN kind = 'f' THEN generate_subscripts(columns, 1)::INTEGER END AS position_in_unique_constraint
FROM _hatidata.base.constraints(in_branch) WHERE kind IN ('p', 'u', 'f');

CREATE MACRO _hatidata.info.constraint_column_usage(in_branch, in_database) AS TABLE
SELECT in_database AS table_catalog, schema_name AS table_schema, CASE WHEN kind = 'f' THEN parent ELSE table_name END AS table_name,
    unnest(CASE WHEN kind = 'f' THEN parent_columns ELSE columns END) AS column_name, in_database AS constraint_catalog,
    schema_name AS constraint_schema, name AS constraint_name
FROM _hatidata.base.constraints(in_branch);

CREATE MACRO _hatidata.info.constraint_table_usage(in_branch, in_database) AS TABLE
SELECT in_database AS table_catalog, schema_name AS table_schema, CASE WHEN kind = 'f' THEN parent ELSE table_name END AS table_name,
    in_database AS constraint_catalog, schema_name AS constraint_schema, name AS constraint_name
FROM _hatidata.base.constraints(in_branch) WHERE kind IN ('p', 'u', 'f');

CREATE MACRO _hatidata.info.referential_constraints(in_branch, in_database) AS TABLE
SELECT in_database AS constraint_catalog, f.schema_name AS constraint_schema, f.name AS constraint_name,
    in_database AS unique_constraint_catalog, p.schema_name AS unique_constraint_schema, p.name AS unique_constraint_name,
    'NONE' AS match_option, 'NO ACTION' AS update_rule, 'NO ACTION' AS delete_rule
FROM _hatidata.base.constraints(in_branch) f LEFT JOIN _hatidata.base.constraints(in_branch) p
    ON p.kind IN ('p', 'u') AND p.schema_name = f.schema_name AND p.table_name = f.parent AND p.columns = f.parent_columns
WHERE f.kind = 'f';

CREATE MACRO _hatidata.info.check_constraints(in_branch, in_database) AS TABLE
SELECT in_database AS constraint_catalog, schema_name AS constraint_schema, name AS constraint_name, expression AS check_clause
FROM _hatidata.base.constraints(in_branch) WHERE kind = 'c'
UNION ALL
SELECT in_database, schema_name, table_name || '_' || name || '_not_null', name || ' IS NOT NULL'
FROM _hatidata.base.columns(in_branch) WHERE not_null;

CREATE MACRO _hatidata.info.sequences(in_branch, in_database) AS TABLE
SELECT in_database AS sequence_catalog, schema_name AS sequence_schema, name AS sequence_name, 'bigint' AS data_type,
    64 AS numeric_precision, 2 AS numeric_precision_radix, 0 AS numeric_scale, start_value::VARCHAR AS start_value,
    min_value::VARCHAR AS minimum_value, max_value::VARCHAR AS maximum_value, increment_by::VARCHAR AS increment,
    CASE WHEN cycle THEN 'YES' ELSE 'NO' END AS cycle_option
FROM _hatidata.base.sequences(in_branch);

CREATE MACRO _hatidata.info.routines(in_branch, in_database) AS TABLE
SELECT in_database AS specific_catalog, schema_name AS specific_schema,
    name || '_' || _hatidata.base.oid('function', schema_name, name) AS specific_name, in_database AS routine_catalog,
    schema_name AS routine_schema, name AS routine_name, 'FUNCTION' AS routine_type,
    CASE WHEN gives_rows THEN 'record' ELSE 'any' END AS data_type, 'SQL' AS routine_body, definition AS routine_definition,
    'SQL' AS external_language, 'NO' AS is_deterministic, 'READS SQL DATA' AS sql_data_access, 'INVOKER' AS security_type
FROM _hatidata.base.macros(in_branch);

CREATE MACRO _hatidata.info.parameters(in_branch, in_database) AS TABLE
SELECT in_database AS specific_catalog, schema_name AS specific_schema,
    name || '_' || _hatidata.base.oid('function', schema_name, name) AS specific_name,
    generate_subscripts(parameters, 1)::INTEGER AS ordinal_position, 'IN' AS parameter_mode, 'NO' AS is_result,
    unnest(parameters) AS parameter_name, 'any' AS data_type
FROM _hatidata.base.macros(in_branch);

CREATE MACRO _hatidata.info.information_schema_catalog_name(in_database) AS TABLE SELECT in_database AS catalog_name;

CREATE MACRO _hatidata.info.enabled_roles(in_role) AS TABLE SELECT in_role AS role_name;

CREATE MACRO _hatidata.info.applicable_roles(in_role) AS TABLE
SELECT in_role AS grantee, NULL::VARCHAR AS role_name, 'NO' AS is_grantable WHERE false;

CREATE MACRO _hatidata.info.character_sets(in_database) AS TABLE
SELECT NULL::VARCHAR AS character_set_catalog, NULL::VARCHAR AS character_set_schema, 'UTF8' AS character_set_name,
    'UCS' AS character_repertoire, 'UTF8' AS form_of_use, in_database AS default_collate_catalog,
    'pg_catalog' AS default_collate_schema, 'C.UTF-8' AS default_collate_name;

CREATE MACRO _hatidata.info.collations(in_database) AS TABLE
SELECT in_database AS collation_catalog, 'pg_catalog' AS collation_schema, collname AS collation_name, 'NO PAD' AS pad_attribute
FROM _hatidata.pg.pg_collation();

-- What may be done is decided by policies when it is done; the list is of what nothing rules out.
CREATE MACRO _hatidata.info.table_privileges(in_branch, in_database, in_role) AS TABLE
SELECT 'hatidata' AS grantor, in_role AS grantee, in_database AS table_catalog, schema_name AS table_schema, name AS table_name,
    unnest(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES']) AS privilege_type, 'NO' AS is_grantable, 'NO' AS with_hierarchy
FROM _hatidata.base.tables(in_branch)
UNION ALL
SELECT 'hatidata', in_role, in_database, schema_name, name, 'SELECT', 'NO', 'NO' FROM _hatidata.base.views(in_branch);

CREATE MACRO _hatidata.info.role_table_grants(in_branch, in_database, in_role) AS TABLE
FROM _hatidata.info.table_privileges(in_branch, in_database, in_role);

CREATE MACRO _hatidata.info.column_privileges(in_branch, in_database, in_role) AS TABLE
SELECT 'hatidata' AS grantor, in_role AS grantee, in_database AS table_catalog, schema_name AS table_schema, table_name,
    name AS column_name, unnest(['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS privilege_type, 'NO' AS is_grantable
FROM _hatidata.base.columns(in_branch);
