-- PostgreSQL's functions as macros over DuckDB's. Results are those of PostgreSQL 15.
-- Each definition starts a line with CREATE MACRO: the names on those lines are the functions that the
-- translation sends here.

CREATE MACRO quote_literal(x) AS CASE WHEN contains(CAST(x AS VARCHAR), '\') THEN 'E' ELSE '' END || '''' || replace(replace(CAST(x AS VARCHAR), '''', ''''''), '\', '\\') || '''';
CREATE MACRO quote_nullable(x) AS coalesce(_hatidata_postgres.quote_literal(x), 'NULL');
CREATE MACRO initcap(text) AS CASE WHEN text IS NULL THEN NULL ELSE array_to_string(list_transform(regexp_extract_all(text, '[[:alnum:]]+|[^[:alnum:]]+'),
    lambda w: upper(w[1]) || lower(w[2:])), '') END;
