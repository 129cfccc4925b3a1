-- The types of Postgres that results, parameters and catalogs have; numbers and names are PostgreSQL's own.

CREATE MACRO _hatidata.base.plain_types() AS TABLE
SELECT oid::BIGINT AS oid, name, shown, len::SMALLINT AS len, by_value, kind, category, preferred, element::BIGINT AS element,
    array_oid::BIGINT AS array_oid, align, storage, collation_oid::BIGINT AS collation_oid
FROM (VALUES
    (16, 'bool', 'boolean', 1, true, 'b', 'B', true, 0, 1000, 'c', 'p', 0),
    (17, 'bytea', 'bytea', -1, false, 'b', 'U', false, 0, 1001, 'i', 'x', 0),
    (18, 'char', '"char"', 1, true, 'b', 'Z', false, 0, 1002, 'c', 'p', 0),
    (19, 'name', 'name', 64, false, 'b', 'S', false, 18, 1003, 'c', 'p', 950),
    (20, 'int8', 'bigint', 8, true, 'b', 'N', false, 0, 1016, 'd', 'p', 0),
    (21, 'int2', 'smallint', 2, true, 'b', 'N', false, 0, 1005, 's', 'p', 0),
    (22, 'int2vector', 'int2vector', -1, false, 'b', 'A', false, 21, 1006, 'i', 'p', 0),
    (23, 'int4', 'integer', 4, true, 'b', 'N', false, 0, 1007, 'i', 'p', 0),
    (24, 'regproc', 'regproc', 4, true, 'b', 'N', false, 0, 1008, 'i', 'p', 0),
    (25, 'text', 'text', -1, false, 'b', 'S', true, 0, 1009, 'i', 'x', 100),
    (26, 'oid', 'oid', 4, true, 'b', 'N', true, 0, 1028, 'i', 'p', 0),
    (27, 'tid', 'tid', 6, false, 'b', 'U', false, 0, 1010, 's', 'p', 0),
    (28, 'xid', 'xid', 4, true, 'b', 'U', false, 0, 1011, 'i', 'p', 0),
    (29, 'cid', 'cid', 4, true, 'b', 'U', false, 0, 1012, 'i', 'p', 0),
    (30, 'oidvector', 'oidvector', -1, false, 'b', 'A', false, 26, 1013, 'i', 'p', 0),
    (114, 'json', 'json', -1, false, 'b', 'U', false, 0, 199, 'i', 'x', 0),
    (142, 'xml', 'xml', -1, false, 'b', 'U', false, 0, 143, 'i', 'x', 0),
    (194, 'pg_node_tree', 'pg_node_tree', -1, false, 'b', 'Z', false, 0, 0, 'i', 'x', 100),
    (700, 'float4', 'real', 4, true, 'b', 'N', false, 0, 1021, 'i', 'p', 0),
    (701, 'float8', 'double precision', 8, true, 'b', 'N', true, 0, 1022, 'd', 'p', 0),
    (705, 'unknown', 'unknown', -2, false, 'p', 'X', false, 0, 0, 'c', 'p', 0),
    (790, 'money', 'money', 8, true, 'b', 'N', false, 0, 791, 'd', 'p', 0),
    (869, 'inet', 'inet', -1, false, 'b', 'I', true, 0, 1041, 'i', 'm', 0),
    (1033, 'aclitem', 'aclitem', 12, false, 'b', 'U', false, 0, 1034, 'i', 'p', 0),
    (1042, 'bpchar', 'character', -1, false, 'b', 'S', false, 0, 1014, 'i', 'x', 100),
    (1043, 'varchar', 'character varying', -1, false, 'b', 'S', false, 0, 1015, 'i', 'x', 100),
    (1082, 'date', 'date', 4, true, 'b', 'D', false, 0, 1182, 'i', 'p', 0),
    (1083, 'time', 'time without time zone', 8, true, 'b', 'D', false, 0, 1183, 'd', 'p', 0),
    (1114, 'timestamp', 'timestamp without time zone', 8, true, 'b', 'D', false, 0, 1115, 'd', 'p', 0),
    (1184, 'timestamptz', 'timestamp with time zone', 8, true, 'b', 'D', true, 0, 1185, 'd', 'p', 0),
    (1186, 'interval', 'interval', 16, false, 'b', 'T', true, 0, 1187, 'd', 'p', 0),
    (1266, 'timetz', 'time with time zone', 12, false, 'b', 'D', false, 0, 1270, 'd', 'p', 0),
    (1560, 'bit', 'bit', -1, false, 'b', 'V', false, 0, 1561, 'i', 'x', 0),
    (1562, 'varbit', 'bit varying', -1, false, 'b', 'V', true, 0, 1563, 'i', 'x', 0),
    (1700, 'numeric', 'numeric', -1, false, 'b', 'N', false, 0, 1231, 'i', 'm', 0),
    (2202, 'regprocedure', 'regprocedure', 4, true, 'b', 'N', false, 0, 2207, 'i', 'p', 0),
    (2205, 'regclass', 'regclass', 4, true, 'b', 'N', false, 0, 2210, 'i', 'p', 0),
    (2206, 'regtype', 'regtype', 4, true, 'b', 'N', false, 0, 2211, 'i', 'p', 0),
    (2249, 'record', 'record', -1, false, 'p', 'P', false, 0, 2287, 'd', 'x', 0),
    (2275, 'cstring', 'cstring', -2, false, 'p', 'P', false, 0, 1263, 'c', 'p', 0),
    (2276, 'any', '"any"', 4, true, 'p', 'P', false, 0, 0, 'i', 'p', 0),
    (2277, 'anyarray', 'anyarray', -1, false, 'p', 'P', false, 0, 0, 'd', 'x', 0),
    (2278, 'void', 'void', 4, true, 'p', 'P', false, 0, 0, 'i', 'p', 0),
    (2283, 'anyelement', 'anyelement', 4, true, 'p', 'P', false, 0, 0, 'i', 'p', 0),
    (2950, 'uuid', 'uuid', 16, false, 'b', 'U', false, 0, 2951, 'c', 'p', 0),
    (3802, 'jsonb', 'jsonb', -1, false, 'b', 'U', false, 0, 3807, 'i', 'x', 0),
    (4089, 'regnamespace', 'regnamespace', 4, true, 'b', 'N', false, 0, 4090, 'i', 'p', 0),
    (4096, 'regrole', 'regrole', 4, true, 'b', 'N', false, 0, 4097, 'i', 'p', 0)
) AS v(oid, name, shown, len, by_value, kind, category, preferred, element, array_oid, align, storage, collation_oid);

-- With the array type of each.
CREATE MACRO _hatidata.base.types() AS TABLE
SELECT * FROM _hatidata.base.plain_types()
UNION ALL SELECT array_oid, '_' || name, shown || '[]', (-1)::SMALLINT, false, 'b', 'A', false, oid, 0::BIGINT, CASE align WHEN 'd' THEN 'd' ELSE 'i' END, 'x', collation_oid
FROM _hatidata.base.plain_types() WHERE array_oid <> 0;

-- The wire's type for each of DuckDB's; what is not here is sent as text.
CREATE MACRO _hatidata.base.type_names() AS TABLE
FROM (VALUES ('BOOLEAN', 16::BIGINT), ('BLOB', 17), ('BIGINT', 20), ('UINTEGER', 20), ('TINYINT', 21), ('SMALLINT', 21), ('UTINYINT', 21),
    ('INTEGER', 23), ('USMALLINT', 23), ('JSON', 114), ('STRUCT', 114), ('MAP', 114), ('UNION', 114), ('FLOAT', 700), ('DOUBLE', 701),
    ('DATE', 1082), ('TIME', 1083), ('TIME_NS', 1083), ('TIMESTAMP', 1114), ('TIMESTAMP_S', 1114), ('TIMESTAMP_MS', 1114),
    ('TIMESTAMP_NS', 1114), ('TIMESTAMP WITH TIME ZONE', 1184), ('INTERVAL', 1186), ('TIME WITH TIME ZONE', 1266), ('BIT', 1562),
    ('HUGEINT', 1700), ('UBIGINT', 1700), ('UHUGEINT', 1700), ('DECIMAL', 1700), ('UUID', 2950)) AS v(name, oid);

-- Columns with the types that their values have on the wire: a list is an array of its innermost element; lists of
-- structs and lists deeper than Postgres allows are JSON as a whole.
CREATE MACRO _hatidata.base.typed_columns(in_branch) AS TABLE
SELECT c.* EXCLUDE (depth, element), CASE WHEN is_json THEN 0 ELSE depth END AS dimensions,
    CASE WHEN is_json THEN 114 WHEN depth = 0 THEN coalesce(n.oid, 25) WHEN n.oid IS NULL THEN 1009 ELSE t.array_oid END AS type_oid,
    CASE WHEN starts_with(c.element, 'DECIMAL(') THEN (regexp_extract(c.element, '\((\d+),', 1)::INTEGER << 16)
        + regexp_extract(c.element, ',(\d+)\)', 1)::INTEGER + 4 ELSE -1 END AS modifier
FROM (
    SELECT c.* EXCLUDE (brackets), data_type[:length(data_type) - length(brackets)] AS element,
        length(brackets) - length(replace(brackets, '[', '')) AS depth
    FROM _hatidata.base.columns(in_branch) c
) c LEFT JOIN _hatidata.base.type_names() n ON n.name = regexp_replace(c.element, '\(.*$', '', 's')
    LEFT JOIN _hatidata.base.plain_types() t ON t.oid = n.oid,
    LATERAL (SELECT depth > 6 OR n.oid = 114 AND depth > 0 AND c.element <> 'JSON' AS is_json);

-- The catalogs themselves.
CREATE MACRO _hatidata.base.system_relations() AS TABLE
SELECT oid::BIGINT AS oid, schema_name, name, kind FROM (VALUES
    (2600, 'pg_catalog', 'pg_aggregate', 'r'), (2601, 'pg_catalog', 'pg_am', 'r'), (2602, 'pg_catalog', 'pg_amop', 'r'),
    (2603, 'pg_catalog', 'pg_amproc', 'r'), (2604, 'pg_catalog', 'pg_attrdef', 'r'), (1249, 'pg_catalog', 'pg_attribute', 'r'),
    (1261, 'pg_catalog', 'pg_auth_members', 'r'), (1260, 'pg_catalog', 'pg_authid', 'r'),
    (12085, 'pg_catalog', 'pg_available_extension_versions', 'v'), (12081, 'pg_catalog', 'pg_available_extensions', 'v'),
    (2605, 'pg_catalog', 'pg_cast', 'r'), (1259, 'pg_catalog', 'pg_class', 'r'), (3456, 'pg_catalog', 'pg_collation', 'r'),
    (2606, 'pg_catalog', 'pg_constraint', 'r'), (2607, 'pg_catalog', 'pg_conversion', 'r'),
    (12077, 'pg_catalog', 'pg_cursors', 'v'), (1262, 'pg_catalog', 'pg_database', 'r'),
    (2964, 'pg_catalog', 'pg_db_role_setting', 'r'), (826, 'pg_catalog', 'pg_default_acl', 'r'),
    (2608, 'pg_catalog', 'pg_depend', 'r'), (2609, 'pg_catalog', 'pg_description', 'r'), (3501, 'pg_catalog', 'pg_enum', 'r'),
    (3466, 'pg_catalog', 'pg_event_trigger', 'r'), (3079, 'pg_catalog', 'pg_extension', 'r'),
    (2328, 'pg_catalog', 'pg_foreign_data_wrapper', 'r'), (1417, 'pg_catalog', 'pg_foreign_server', 'r'),
    (3118, 'pg_catalog', 'pg_foreign_table', 'r'), (12010, 'pg_catalog', 'pg_group', 'v'),
    (2610, 'pg_catalog', 'pg_index', 'r'), (12043, 'pg_catalog', 'pg_indexes', 'v'), (2611, 'pg_catalog', 'pg_inherits', 'r'),
    (3394, 'pg_catalog', 'pg_init_privs', 'r'), (2612, 'pg_catalog', 'pg_language', 'r'),
    (2995, 'pg_catalog', 'pg_largeobject_metadata', 'r'), (12073, 'pg_catalog', 'pg_locks', 'v'),
    (12038, 'pg_catalog', 'pg_matviews', 'v'), (2615, 'pg_catalog', 'pg_namespace', 'r'),
    (2616, 'pg_catalog', 'pg_opclass', 'r'), (2617, 'pg_catalog', 'pg_operator', 'r'),
    (2753, 'pg_catalog', 'pg_opfamily', 'r'), (6243, 'pg_catalog', 'pg_parameter_acl', 'r'),
    (3350, 'pg_catalog', 'pg_partitioned_table', 'r'), (12018, 'pg_catalog', 'pg_policies', 'v'),
    (3256, 'pg_catalog', 'pg_policy', 'r'), (12095, 'pg_catalog', 'pg_prepared_statements', 'v'),
    (12090, 'pg_catalog', 'pg_prepared_xacts', 'v'), (1255, 'pg_catalog', 'pg_proc', 'r'),
    (6104, 'pg_catalog', 'pg_publication', 'r'), (6237, 'pg_catalog', 'pg_publication_namespace', 'r'),
    (6106, 'pg_catalog', 'pg_publication_rel', 'r'), (12068, 'pg_catalog', 'pg_publication_tables', 'v'),
    (3541, 'pg_catalog', 'pg_range', 'r'), (12257, 'pg_catalog', 'pg_replication_slots', 'v'),
    (2618, 'pg_catalog', 'pg_rewrite', 'r'), (12000, 'pg_catalog', 'pg_roles', 'v'), (12023, 'pg_catalog', 'pg_rules', 'v'),
    (3596, 'pg_catalog', 'pg_seclabel', 'r'), (12099, 'pg_catalog', 'pg_seclabels', 'v'),
    (2224, 'pg_catalog', 'pg_sequence', 'r'), (12048, 'pg_catalog', 'pg_sequences', 'v'),
    (12104, 'pg_catalog', 'pg_settings', 'v'), (12005, 'pg_catalog', 'pg_shadow', 'v'),
    (1214, 'pg_catalog', 'pg_shdepend', 'r'), (2396, 'pg_catalog', 'pg_shdescription', 'r'),
    (3592, 'pg_catalog', 'pg_shseclabel', 'r'), (12222, 'pg_catalog', 'pg_stat_activity', 'v'),
    (12183, 'pg_catalog', 'pg_stat_all_indexes', 'v'), (12142, 'pg_catalog', 'pg_stat_all_tables', 'v'),
    (12266, 'pg_catalog', 'pg_stat_database', 'v'), (12227, 'pg_catalog', 'pg_stat_replication', 'v'),
    (12275, 'pg_catalog', 'pg_stat_user_functions', 'v'), (12192, 'pg_catalog', 'pg_stat_user_indexes', 'v'),
    (12161, 'pg_catalog', 'pg_stat_user_tables', 'v'), (12166, 'pg_catalog', 'pg_stat_xact_user_tables', 'v'),
    (12179, 'pg_catalog', 'pg_statio_user_tables', 'v'), (2619, 'pg_catalog', 'pg_statistic', 'r'),
    (3381, 'pg_catalog', 'pg_statistic_ext', 'r'), (3429, 'pg_catalog', 'pg_statistic_ext_data', 'r'),
    (12053, 'pg_catalog', 'pg_stats', 'v'), (12058, 'pg_catalog', 'pg_stats_ext', 'v'),
    (12063, 'pg_catalog', 'pg_stats_ext_exprs', 'v'), (6100, 'pg_catalog', 'pg_subscription', 'r'),
    (6102, 'pg_catalog', 'pg_subscription_rel', 'r'), (12033, 'pg_catalog', 'pg_tables', 'v'),
    (1213, 'pg_catalog', 'pg_tablespace', 'r'), (12126, 'pg_catalog', 'pg_timezone_names', 'v'),
    (3576, 'pg_catalog', 'pg_transform', 'r'), (2620, 'pg_catalog', 'pg_trigger', 'r'),
    (3602, 'pg_catalog', 'pg_ts_config', 'r'), (3603, 'pg_catalog', 'pg_ts_config_map', 'r'),
    (3600, 'pg_catalog', 'pg_ts_dict', 'r'), (3601, 'pg_catalog', 'pg_ts_parser', 'r'),
    (3764, 'pg_catalog', 'pg_ts_template', 'r'), (1247, 'pg_catalog', 'pg_type', 'r'), (12014, 'pg_catalog', 'pg_user', 'v'),
    (1418, 'pg_catalog', 'pg_user_mapping', 'r'), (12327, 'pg_catalog', 'pg_user_mappings', 'v'),
    (12028, 'pg_catalog', 'pg_views', 'v'), (13236, 'information_schema', 'applicable_roles', 'v'),
    (13245, 'information_schema', 'attributes', 'v'), (13250, 'information_schema', 'character_sets', 'v'),
    (13260, 'information_schema', 'check_constraints', 'v'), (13265, 'information_schema', 'collations', 'v'),
    (13285, 'information_schema', 'column_privileges', 'v'), (13295, 'information_schema', 'columns', 'v'),
    (13300, 'information_schema', 'constraint_column_usage', 'v'),
    (13305, 'information_schema', 'constraint_table_usage', 'v'), (13310, 'information_schema', 'domain_constraints', 'v'),
    (13320, 'information_schema', 'domains', 'v'), (13493, 'information_schema', 'element_types', 'v'),
    (13325, 'information_schema', 'enabled_roles', 'v'), (13227, 'information_schema', 'information_schema_catalog_name', 'v'),
    (13329, 'information_schema', 'key_column_usage', 'v'), (13334, 'information_schema', 'parameters', 'v'),
    (13339, 'information_schema', 'referential_constraints', 'v'), (13421, 'information_schema', 'role_table_grants', 'v'),
    (13353, 'information_schema', 'routine_privileges', 'v'), (13377, 'information_schema', 'routines', 'v'),
    (13382, 'information_schema', 'schemata', 'v'), (13386, 'information_schema', 'sequences', 'v'),
    (13411, 'information_schema', 'table_constraints', 'v'), (13416, 'information_schema', 'table_privileges', 'v'),
    (13425, 'information_schema', 'tables', 'v'), (13440, 'information_schema', 'triggers', 'v'),
    (13454, 'information_schema', 'usage_privileges', 'v'), (13463, 'information_schema', 'user_defined_types', 'v'),
    (13468, 'information_schema', 'view_column_usage', 'v'), (13478, 'information_schema', 'view_table_usage', 'v'),
    (13483, 'information_schema', 'views', 'v')
) AS v(oid, schema_name, name, kind);
