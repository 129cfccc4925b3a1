-- What a branch has made its own, read from the registry's tables in the transaction of the statement.

-- What a branch sees differently from main, by where it is stored. A row without a seen_name hides.
-- A preserved version whose definition is still main's is shown as main's table: it is a plain copy, without
-- constraints and indexes.
CREATE MACRO _hatidata.base.moved(in_branch) AS TABLE
WITH forked AS (
    SELECT (body ->> '$.fork')::UBIGINT AS fork FROM _hatidata_branches.branches WHERE id = in_branch
), own AS (
    SELECT schema_key, name_key, (body ->> '$.schema') AS schema_name, (body ->> '$.name') AS name,
        (body ->> '$.content.is') AS content
    FROM _hatidata_branches.objects o WHERE o.branch = in_branch
), kept AS (
    SELECT lower(v.schema_name) AS schema_key, lower(v.name) AS name_key, arg_min(v.schema_name, v.fork) AS schema_name,
        arg_min(v.name, v.fork) AS name, arg_min(v.body, v.fork) AS body
    FROM _hatidata_branches.versions v JOIN forked f ON v.fork >= f.fork
    ANTI JOIN own ON own.schema_key = lower(v.schema_name) AND own.name_key = lower(v.name)
    GROUP BY lower(v.schema_name), lower(v.name)
), changed AS (
    SELECT k.* FROM kept k WHERE (k.body ->> '$.was') <> 'table' OR EXISTS (
        SELECT 1 FROM _hatidata_branches.alterations a JOIN forked f ON a.fork >= f.fork
        WHERE a.schema_key = k.schema_key AND a.name_key = k.name_key)
)
SELECT schema_key AS stored_schema, name_key AS stored_name, NULL::VARCHAR AS seen_schema, NULL::VARCHAR AS seen_name FROM own
UNION ALL SELECT schema_key, name_key, NULL, NULL FROM changed
UNION ALL SELECT '_hatidata_versions', lower(body ->> '$.stored'), schema_name, name FROM changed WHERE (body ->> '$.was') = 'table'
UNION ALL SELECT '_hatidata_branch_' || in_branch || CASE WHEN schema_key = 'main' THEN '' ELSE '.' || schema_key END,
    name_key, schema_name, name
FROM own WHERE content IN ('table', 'view');

-- Foreign keys that a branch's own tables do not carry: they are checked at the merge.
CREATE MACRO _hatidata.base.own_foreign_keys(in_branch) AS TABLE
SELECT schema_name, name AS table_name, 1000 + place AS place, _hatidata.base.names(parts['1']) AS columns,
    _hatidata.base.names(parts['2'])[-1] AS parent, _hatidata.base.names(parts['3']) AS parent_columns
FROM (
    SELECT schema_name, name, place,
        regexp_extract(text, '(?is)FOREIGN\s+KEY\s*\(([^)]*)\)\s*REFERENCES\s+([^\s(]+)\s*(?:\(([^)]*)\))?', ['1', '2', '3']) AS parts
    FROM (
        SELECT (body ->> '$.schema') AS schema_name, (body ->> '$.name') AS name,
            unnest((body -> '$.content.foreign_keys')::VARCHAR[]) AS text,
            generate_subscripts((body -> '$.content.foreign_keys')::VARCHAR[], 1) AS place
        FROM _hatidata_branches.objects o WHERE o.branch = in_branch AND (body ->> '$.content.is') = 'table'
    )
);

-- Macros made or dropped in a branch; those without a definition were dropped.
CREATE MACRO _hatidata.base.own_macros(in_branch) AS TABLE
SELECT schema_key, replace(name_key, '()', '') AS name_key, schema_name, name,
    CASE WHEN content = 'macro' THEN _hatidata.base.names(parts['1']) END AS parameters,
    CASE WHEN content = 'macro' THEN trim(parts['3'], ' ();') END AS definition, parts['2'] <> '' AS gives_rows
FROM (
    SELECT schema_key, name_key, (body ->> '$.schema') AS schema_name, replace(body ->> '$.name', '()', '') AS name,
        (body ->> '$.content.is') AS content,
        regexp_extract(body ->> '$.content.sql', '(?is)^[^(]*\(([^)]*)\)\s*AS\s+(TABLE\s+)?(.*)$', ['1', '2', '3']) AS parts
    FROM _hatidata_branches.objects o WHERE o.branch = in_branch AND ends_with(name_key, '()')
);
