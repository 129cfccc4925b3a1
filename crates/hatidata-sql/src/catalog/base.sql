-- The objects that a session sees, each from one of DuckDB's own lists.

-- Whether an object stands in the lists of a session; m is its row in moved.
CREATE MACRO _hatidata.base.is_seen(of_stored, of_seen, of_schema) AS
    CASE WHEN of_stored IS NULL THEN NOT starts_with(of_schema, '_hatidata_') ELSE of_seen IS NOT NULL END;

-- A definition without the schema in which a branch keeps its objects.
CREATE MACRO _hatidata.base.own_words(of_sql) AS
    regexp_replace(of_sql, '"?_hatidata_branch_br_[0-9a-f]+(\.[^".]*)?"?\.', '', 'g');

CREATE MACRO _hatidata.base.schemas() AS TABLE
SELECT DISTINCT schema_name AS name, _hatidata.base.schema_oid(schema_name) AS oid FROM duckdb_schemas()
WHERE NOT starts_with(schema_name, '_hatidata_') AND (NOT internal OR schema_name = 'main')
UNION ALL VALUES ('pg_catalog', 11::BIGINT), ('information_schema', 13207::BIGINT),
    ('pg_temp', _hatidata.base.schema_oid('pg_temp'));

CREATE MACRO _hatidata.base.tables(in_branch) AS TABLE
SELECT CASE WHEN t.temporary THEN 'pg_temp' ELSE coalesce(m.seen_schema, t.schema_name) END AS schema_name,
    coalesce(m.seen_name, t.table_name) AS name, t.temporary, t.estimated_size AS row_count, t.column_count,
    t.has_primary_key OR t.index_count > 0 AS has_index, t.check_constraint_count AS checks, t.comment
FROM duckdb_tables() t LEFT JOIN _hatidata.base.moved(in_branch) m
    ON NOT t.temporary AND m.stored_schema = lower(t.schema_name) AND m.stored_name = lower(t.table_name)
WHERE NOT t.internal AND _hatidata.base.is_seen(m.stored_name, m.seen_name, t.schema_name);

CREATE MACRO _hatidata.base.views(in_branch) AS TABLE
SELECT CASE WHEN t.temporary THEN 'pg_temp' ELSE coalesce(m.seen_schema, t.schema_name) END AS schema_name,
    coalesce(m.seen_name, t.view_name) AS name, t.temporary, t.column_count, t.comment,
    ' ' || regexp_replace(_hatidata.base.own_words(t.sql),
        '(?is)^\s*CREATE\s+(OR\s+REPLACE\s+)?(TEMP\s+|TEMPORARY\s+)?VIEW\s+("([^"]|"")*"|[^\s(."]+)(\.("([^"]|"")*"|[^\s(."]+))*\s*(\(.*?\)\s*)?\s+AS\s+|^$',
        '') AS definition
FROM duckdb_views() t LEFT JOIN _hatidata.base.moved(in_branch) m
    ON NOT t.temporary AND m.stored_schema = lower(t.schema_name) AND m.stored_name = lower(t.view_name)
WHERE NOT t.internal AND _hatidata.base.is_seen(m.stored_name, m.seen_name, t.schema_name);

CREATE MACRO _hatidata.base.columns(in_branch) AS TABLE
SELECT CASE WHEN t.database_name = 'temp' THEN 'pg_temp' ELSE coalesce(m.seen_schema, t.schema_name) END AS schema_name,
    coalesce(m.seen_name, t.table_name) AS table_name, t.column_name AS name, t.column_index::SMALLINT AS number,
    t.column_default AS default_text, NOT t.is_nullable AS not_null, t.data_type, t.comment,
    regexp_extract(t.data_type, '(\[\d*\])+$') AS brackets
FROM duckdb_columns() t LEFT JOIN _hatidata.base.moved(in_branch) m
    ON t.database_name <> 'temp' AND m.stored_schema = lower(t.schema_name) AND m.stored_name = lower(t.table_name)
WHERE NOT t.internal AND _hatidata.base.is_seen(m.stored_name, m.seen_name, t.schema_name);

-- Kinds are those of pg_constraint. DuckDB keeps no names, so they have those that Postgres gives. Foreign
-- keys of a branch's own tables are kept beside them until the merge.
CREATE MACRO _hatidata.base.constraints(in_branch) AS TABLE
WITH found AS (
    SELECT CASE WHEN t.database_name = 'temp' THEN 'pg_temp' ELSE coalesce(m.seen_schema, t.schema_name) END AS schema_name,
        coalesce(m.seen_name, t.table_name) AS table_name, t.constraint_index AS place,
        CASE t.constraint_type WHEN 'PRIMARY KEY' THEN 'p' WHEN 'UNIQUE' THEN 'u' WHEN 'FOREIGN KEY' THEN 'f' ELSE 'c' END AS kind,
        t.constraint_column_names AS columns, t.expression, t.referenced_table AS parent,
        t.referenced_column_names AS parent_columns
    FROM duckdb_constraints() t LEFT JOIN _hatidata.base.moved(in_branch) m
        ON t.database_name <> 'temp' AND m.stored_schema = lower(t.schema_name) AND m.stored_name = lower(t.table_name)
    WHERE t.constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY', 'CHECK')
        AND _hatidata.base.is_seen(m.stored_name, m.seen_name, t.schema_name)
    UNION ALL
    SELECT schema_name, table_name, place, 'f', columns, NULL, parent, parent_columns FROM _hatidata.base.own_foreign_keys(in_branch)
), named AS (
    SELECT *, table_name || CASE kind WHEN 'p' THEN '_pkey'
        WHEN 'u' THEN '_' || array_to_string(columns, '_') || '_key'
        WHEN 'f' THEN '_' || array_to_string(columns, '_') || '_fkey'
        ELSE CASE WHEN len(columns) = 1 THEN '_' || columns[1] ELSE '' END || '_check' END AS plain_name
    FROM found
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY schema_name, plain_name ORDER BY place) AS nth FROM named
)
SELECT schema_name, table_name, kind, columns, expression, parent, parent_columns,
    plain_name || CASE WHEN nth = 1 THEN '' ELSE (nth - 1)::VARCHAR END AS name
FROM numbered;

-- Indexes with what they are over, and those that serve primary keys and unique constraints.
CREATE MACRO _hatidata.base.indexes(in_branch) AS TABLE
SELECT coalesce(m.seen_schema, t.schema_name) AS schema_name, coalesce(m.seen_name, t.table_name) AS table_name,
    t.index_name AS name, t.is_unique, false AS is_primary, NULL::VARCHAR AS constraint_name,
    [CASE WHEN starts_with(p, '"') THEN replace(p[2:-2], '""', '"') ELSE p END for p in
    [CASE WHEN starts_with(e, '''') THEN replace(e[2:-2], '''''', '''') ELSE e END for e in regexp_extract_all(t.expressions[2:-2], '''(?:[^'']|'''')*''|"(?:[^"]|"")*"|[^\s,][^,]*')]] AS parts, t.comment
FROM duckdb_indexes() t LEFT JOIN _hatidata.base.moved(in_branch) m
    ON m.stored_schema = lower(t.schema_name) AND m.stored_name = lower(t.table_name)
WHERE _hatidata.base.is_seen(m.stored_name, m.seen_name, t.schema_name)
UNION ALL
SELECT schema_name, table_name, name, true, kind = 'p', name, columns, NULL
FROM _hatidata.base.constraints(in_branch) WHERE kind IN ('p', 'u');

CREATE MACRO _hatidata.base.sequences(in_branch) AS TABLE
SELECT schema_name, sequence_name AS name, temporary, start_value, min_value, max_value, increment_by, cycle, last_value
FROM duckdb_sequences() t WHERE NOT starts_with(schema_name, '_hatidata_');

-- Enumerations that users made.
CREATE MACRO _hatidata.base.enums() AS TABLE
SELECT schema_name, type_name AS name, labels, comment FROM duckdb_types()
WHERE NOT internal AND logical_type = 'ENUM' AND NOT starts_with(schema_name, '_hatidata_');

CREATE MACRO _hatidata.base.macros(in_branch) AS TABLE
SELECT schema_name, function_name AS name, any_value(parameters ORDER BY len(parameters)) AS parameters,
    any_value(macro_definition ORDER BY len(parameters)) AS definition, any_value(function_type) = 'table_macro' AS gives_rows,
    any_value(comment) AS comment
FROM duckdb_functions() t
WHERE NOT internal AND function_type IN ('macro', 'table_macro') AND NOT starts_with(schema_name, '_hatidata_')
    AND NOT starts_with(function_name, '_hatidata_')
    AND (lower(schema_name), lower(function_name)) NOT IN (SELECT (schema_key, name_key) FROM _hatidata.base.own_macros(in_branch))
GROUP BY ALL
UNION ALL
SELECT schema_name, name, parameters, definition, gives_rows, NULL FROM _hatidata.base.own_macros(in_branch) WHERE definition IS NOT NULL;
