-- The functions of Postgres about the catalog.

-- Definitions.

CREATE MACRO _hatidata.base.index_part(of_part, of_constraint) AS
    CASE WHEN of_constraint IS NULL AND starts_with(of_part, '(') THEN of_part ELSE _hatidata.pg.quote_ident(of_part) END;

CREATE MACRO _hatidata.base.index_definition(of_schema, of_table, of_name, of_unique, of_constraint, of_parts) AS
    'CREATE ' || CASE WHEN of_unique THEN 'UNIQUE ' ELSE '' END || 'INDEX ' || _hatidata.pg.quote_ident(of_name) || ' ON '
    || _hatidata.pg.quote_ident(of_schema) || '.' || _hatidata.pg.quote_ident(of_table) || ' USING btree ('
    || array_to_string([_hatidata.base.index_part(p, of_constraint) for p in of_parts], ', ') || ')';

CREATE MACRO _hatidata.pg.pg_get_indexdef(in_branch, of_index) AS (
        SELECT _hatidata.base.index_definition(i.schema_name, i.table_name, i.name, i.is_unique, i.constraint_name, i.parts)
        FROM _hatidata.base.indexes(in_branch) i WHERE _hatidata.base.relation_oid(i.schema_name, i.name) = of_index LIMIT 1),
    (in_branch, of_index, of_column, of_pretty) AS (
        SELECT CASE WHEN of_column = 0
            THEN _hatidata.base.index_definition(i.schema_name, i.table_name, i.name, i.is_unique, i.constraint_name, i.parts)
            ELSE _hatidata.base.index_part(i.parts[of_column], i.constraint_name) END
        FROM _hatidata.base.indexes(in_branch) i WHERE _hatidata.base.relation_oid(i.schema_name, i.name) = of_index LIMIT 1);

CREATE MACRO _hatidata.base.constraint_definition(k, of_pretty) AS CASE k.kind
    WHEN 'p' THEN 'PRIMARY KEY (' || _hatidata.base.name_list(k.columns) || ')'
    WHEN 'u' THEN 'UNIQUE (' || _hatidata.base.name_list(k.columns) || ')'
    WHEN 'f' THEN 'FOREIGN KEY (' || _hatidata.base.name_list(k.columns) || ') REFERENCES '
        || CASE WHEN k.schema_name IN ('main', 'pg_temp') THEN '' ELSE _hatidata.pg.quote_ident(k.schema_name) || '.' END
        || _hatidata.pg.quote_ident(k.parent) || '(' || _hatidata.base.name_list(k.parent_columns) || ')'
    ELSE 'CHECK ' || CASE WHEN of_pretty AND starts_with(k.expression, '(') THEN k.expression ELSE '(' || k.expression || ')' END END;

CREATE MACRO _hatidata.pg.pg_get_constraintdef(in_branch, of_constraint) AS (
        SELECT _hatidata.base.constraint_definition(k, false) FROM _hatidata.base.constraints(in_branch) k
        WHERE _hatidata.base.oid('constraint', k.schema_name || '.' || k.table_name, k.name) = of_constraint LIMIT 1),
    (in_branch, of_constraint, of_pretty) AS (
        SELECT _hatidata.base.constraint_definition(k, of_pretty) FROM _hatidata.base.constraints(in_branch) k
        WHERE _hatidata.base.oid('constraint', k.schema_name || '.' || k.table_name, k.name) = of_constraint LIMIT 1);

CREATE MACRO _hatidata.pg.pg_get_expr(of_text, of_relation) AS of_text, (of_text, of_relation, of_pretty) AS of_text;

CREATE MACRO _hatidata.pg.pg_get_viewdef(in_branch, of_view) AS (
        SELECT v.definition FROM _hatidata.base.views(in_branch) v
        WHERE _hatidata.base.relation_oid(v.schema_name, v.name) = _hatidata.reg.regclass(in_branch, of_view) LIMIT 1),
    (in_branch, of_view, of_pretty) AS (
        SELECT v.definition FROM _hatidata.base.views(in_branch) v
        WHERE _hatidata.base.relation_oid(v.schema_name, v.name) = _hatidata.reg.regclass(in_branch, of_view) LIMIT 1);

CREATE MACRO _hatidata.pg.pg_get_functiondef(in_branch, of_function) AS (
    SELECT 'CREATE OR REPLACE MACRO ' || _hatidata.pg.quote_ident(m.schema_name) || '.' || _hatidata.pg.quote_ident(m.name) || '('
        || _hatidata.base.name_list(m.parameters) || ') AS ' || CASE WHEN m.gives_rows THEN 'TABLE ' ELSE '' END || m.definition || chr(10)
    FROM _hatidata.base.macros(in_branch) m WHERE _hatidata.base.oid('function', m.schema_name, m.name) = of_function LIMIT 1);

CREATE MACRO _hatidata.pg.pg_get_function_arguments(in_branch, of_function) AS (
    SELECT _hatidata.base.name_list(m.parameters) FROM _hatidata.base.macros(in_branch) m
    WHERE _hatidata.base.oid('function', m.schema_name, m.name) = of_function LIMIT 1);

CREATE MACRO _hatidata.pg.pg_get_function_identity_arguments(in_branch, of_function) AS
    _hatidata.pg.pg_get_function_arguments(in_branch, of_function);

CREATE MACRO _hatidata.pg.pg_get_function_result(in_branch, of_function) AS (
    SELECT CASE WHEN m.gives_rows THEN 'SETOF record' ELSE '"any"' END FROM _hatidata.base.macros(in_branch) m
    WHERE _hatidata.base.oid('function', m.schema_name, m.name) = of_function LIMIT 1);

CREATE MACRO _hatidata.pg.pg_get_function_sqlbody(of_function) AS NULL::VARCHAR;

CREATE MACRO _hatidata.pg.pg_get_function_arg_default(of_function, of_place) AS NULL::VARCHAR;

CREATE MACRO _hatidata.pg.pg_get_triggerdef(of_trigger) AS NULL::VARCHAR, (of_trigger, of_pretty) AS NULL::VARCHAR;

CREATE MACRO _hatidata.pg.pg_get_ruledef(of_rule) AS NULL::VARCHAR, (of_rule, of_pretty) AS NULL::VARCHAR;

CREATE MACRO _hatidata.pg.pg_get_partkeydef(of_table) AS NULL::VARCHAR;

CREATE MACRO _hatidata.pg.pg_get_statisticsobjdef(of_statistics) AS NULL::VARCHAR;

CREATE MACRO _hatidata.pg.pg_get_statisticsobjdef_columns(of_statistics) AS NULL::VARCHAR;

CREATE MACRO _hatidata.pg.pg_relation_is_publishable(of_relation) AS false;

CREATE MACRO _hatidata.pg.pg_partition_ancestors(of_relation) AS NULL::BIGINT;

CREATE MACRO _hatidata.pg.pg_tablespace_location(of_space) AS '';

CREATE MACRO _hatidata.pg.pg_options_to_table() AS TABLE SELECT NULL::VARCHAR AS option_name, NULL::VARCHAR AS option_value WHERE false;

CREATE MACRO _hatidata.pg.pg_get_serial_sequence(in_branch, of_table, of_column) AS (
    SELECT any_value(_hatidata.pg.quote_ident(s.schema_name) || '.' || _hatidata.pg.quote_ident(s.name))
    FROM _hatidata.base.columns(in_branch) c JOIN _hatidata.base.sequences(in_branch) s
        ON lower(_hatidata.base.names(regexp_extract(c.default_text, 'nextval\(''(.*?)''', 1))[-1]) = lower(s.name)
    WHERE _hatidata.base.relation_oid(c.schema_name, c.table_name) = _hatidata.reg.regclass(in_branch, of_table)
        AND lower(c.name) = lower(of_column));

-- Comments.

CREATE MACRO _hatidata.pg.obj_description(in_branch, of_object) AS (
        SELECT any_value(d.comment) FROM _hatidata.base.comments(in_branch) d WHERE d.oid = of_object AND d.place = 0),
    (in_branch, of_object, of_catalog) AS (
        SELECT any_value(d.comment) FROM _hatidata.base.comments(in_branch) d WHERE d.oid = of_object AND d.place = 0
            AND d.class_oid = CASE of_catalog WHEN 'pg_class' THEN 1259 WHEN 'pg_type' THEN 1247 WHEN 'pg_proc' THEN 1255 ELSE 0 END);

CREATE MACRO _hatidata.pg.col_description(in_branch, of_table, of_number) AS (
    SELECT any_value(d.comment) FROM _hatidata.base.comments(in_branch) d
    WHERE d.oid = of_table AND d.place = of_number AND d.place > 0);

CREATE MACRO _hatidata.pg.shobj_description(of_object, of_catalog) AS NULL::VARCHAR;

-- Who sees and owns what.

CREATE MACRO _hatidata.pg.pg_table_is_visible(in_branch, of_relation) AS (
    SELECT bool_or(r.schema_name IN ('main', 'pg_temp', 'pg_catalog')) FROM _hatidata.base.relations(in_branch) r WHERE r.oid = of_relation);

CREATE MACRO _hatidata.pg.pg_type_is_visible(of_type) AS of_type < 16384 OR of_type IN (
    SELECT _hatidata.base.oid('type', e.schema_name, e.name) FROM _hatidata.base.enums() e WHERE e.schema_name = 'main');

CREATE MACRO _hatidata.pg.pg_function_is_visible(in_branch, of_function) AS of_function IN (
    SELECT _hatidata.base.oid('function', m.schema_name, m.name) FROM _hatidata.base.macros(in_branch) m WHERE m.schema_name = 'main');

CREATE MACRO _hatidata.pg.pg_operator_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_opclass_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_opfamily_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_collation_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_conversion_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_statistics_obj_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_ts_config_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_ts_dict_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_ts_parser_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_ts_template_is_visible(of_object) AS true;

CREATE MACRO _hatidata.pg.pg_my_temp_schema() AS _hatidata.base.schema_oid('pg_temp');

CREATE MACRO _hatidata.pg.pg_is_other_temp_schema(of_schema) AS false;

CREATE MACRO _hatidata.pg.current_schemas(of_all) AS CASE WHEN of_all THEN ['pg_catalog', 'main'] ELSE ['main'] END;

-- What may be done is decided by policies when it is done, so nothing is ruled out here.
CREATE MACRO _hatidata.pg.has_any_column_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_column_privilege(a, b, c) AS true, (a, b, c, d) AS true;

CREATE MACRO _hatidata.pg.has_database_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_foreign_data_wrapper_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_function_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_language_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_schema_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_sequence_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_server_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_table_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_tablespace_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.has_type_privilege(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.pg_has_role(a, b) AS true, (a, b, c) AS true;

CREATE MACRO _hatidata.pg.row_security_active(of_table) AS false;

-- Sizes. DuckDB compresses by column and keeps no size per table, so these are the rows times 8 bytes a column.
CREATE MACRO _hatidata.pg.pg_relation_size(in_branch, of_relation) AS (
        SELECT coalesce(max(t.row_count * t.column_count * 8), 0)::BIGINT FROM _hatidata.base.tables(in_branch) t
        WHERE _hatidata.base.relation_oid(t.schema_name, t.name) = _hatidata.reg.regclass(in_branch, of_relation)),
    (in_branch, of_relation, of_fork) AS (
        SELECT coalesce(max(t.row_count * t.column_count * 8), 0)::BIGINT FROM _hatidata.base.tables(in_branch) t
        WHERE _hatidata.base.relation_oid(t.schema_name, t.name) = _hatidata.reg.regclass(in_branch, of_relation));

CREATE MACRO _hatidata.pg.pg_table_size(in_branch, of_relation) AS _hatidata.pg.pg_relation_size(in_branch, of_relation);

CREATE MACRO _hatidata.pg.pg_total_relation_size(in_branch, of_relation) AS _hatidata.pg.pg_relation_size(in_branch, of_relation);

CREATE MACRO _hatidata.pg.pg_indexes_size(of_relation) AS 0::BIGINT;

CREATE MACRO _hatidata.pg.pg_database_size(of_database) AS (
    SELECT max(used_blocks * block_size)::BIGINT FROM pragma_database_size());

CREATE MACRO _hatidata.pg.pg_tablespace_size(of_space) AS _hatidata.pg.pg_database_size('');

CREATE MACRO _hatidata.pg.pg_size_pretty(of_bytes) AS CASE
    WHEN abs(of_bytes) < 10240 THEN of_bytes::BIGINT || ' bytes'
    WHEN abs(of_bytes) < 10485248 THEN round(of_bytes / 1024)::BIGINT || ' kB'
    WHEN abs(of_bytes) < 10736893952 THEN round(of_bytes / 1048576)::BIGINT || ' MB'
    WHEN abs(of_bytes) < 10994579406848 THEN round(of_bytes / 1073741824)::BIGINT || ' GB'
    ELSE round(of_bytes / 1099511627776)::BIGINT || ' TB' END;

-- Small things.
CREATE MACRO _hatidata.pg.quote_literal(of_value) AS '''' || replace(of_value::VARCHAR, '''', '''''') || '''';

CREATE MACRO _hatidata.pg.quote_nullable(of_value) AS coalesce('''' || replace(of_value::VARCHAR, '''', '''''') || '''', 'NULL');

CREATE MACRO _hatidata.pg.pg_encoding_to_char(of_number) AS CASE of_number WHEN 6 THEN 'UTF8' WHEN 0 THEN 'SQL_ASCII' ELSE '' END;

CREATE MACRO _hatidata.pg.pg_char_to_encoding(of_name) AS
    CASE upper(replace(of_name, '-', '')) WHEN 'UTF8' THEN 6 WHEN 'UNICODE' THEN 6 WHEN 'SQL_ASCII' THEN 0 ELSE -1 END;

CREATE MACRO _hatidata.pg.pg_client_encoding() AS 'UTF8';

CREATE MACRO _hatidata.pg.getdatabaseencoding() AS 'UTF8';

CREATE MACRO _hatidata.pg.array_upper(of_list, of_dimension) AS CASE WHEN len(of_list) > 0 THEN len(of_list)::INTEGER END;

CREATE MACRO _hatidata.pg.array_lower(of_list, of_dimension) AS CASE WHEN len(of_list) > 0 THEN 1 END;

CREATE MACRO _hatidata.pg.array_remove(of_list, of_value) AS list_filter(of_list, lambda x: x IS DISTINCT FROM of_value);

CREATE MACRO _hatidata.pg._pg_expandarray(of_list) AS
    unnest(list_transform(of_list, lambda x, i: {'x': x, 'n': i::INTEGER}));

CREATE MACRO _hatidata.pg.pg_stat_get_numscans(of_relation) AS 0::BIGINT;

CREATE MACRO _hatidata.pg.pg_current_xact_id() AS txid_current();

CREATE MACRO _hatidata.pg.inet_server_addr() AS NULL::VARCHAR;

CREATE MACRO _hatidata.pg.inet_server_port() AS NULL::INTEGER;

CREATE MACRO _hatidata.pg.inet_client_addr() AS NULL::VARCHAR;

CREATE MACRO _hatidata.pg.inet_client_port() AS NULL::INTEGER;

CREATE MACRO _hatidata.pg.pg_conf_load_time() AS now();

CREATE MACRO _hatidata.pg.to_regclass(in_branch, of_name) AS _hatidata.reg.find_class(in_branch, of_name);

CREATE MACRO _hatidata.pg.to_regtype(of_name) AS _hatidata.reg.find_type(of_name);

CREATE MACRO _hatidata.pg.to_regnamespace(of_name) AS _hatidata.reg.find_namespace(of_name);

CREATE MACRO _hatidata.pg.to_regproc(in_branch, of_name) AS _hatidata.reg.find_proc(in_branch, of_name);

CREATE MACRO _hatidata.pg.pg_get_keywords() AS TABLE SELECT
    keyword_name AS word, CASE keyword_category WHEN 'unreserved' THEN 'U' WHEN 'reserved' THEN 'R' WHEN 'type_function' THEN 'T' ELSE 'C' END AS catcode,
    keyword_category <> 'reserved' AS barelabel, keyword_category AS catdesc, CASE keyword_category WHEN 'reserved' THEN 'requires AS' ELSE 'bare label' END AS baredesc
FROM duckdb_keywords();

-- In FROM, with its place: there are no partitions.
CREATE MACRO _hatidata.pg.pg_partition_ancestors() AS TABLE SELECT NULL::BIGINT AS relid, NULL::BIGINT AS ordinality WHERE false;
