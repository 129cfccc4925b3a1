-- What the catalogs are made of: a session's schemas, tables, columns, constraints, indexes, sequences,
-- types and macros, under the names that it sees and with the numbers that they have in pg_catalog.
--
-- Parameters that start with in_ are facts of the session; the server fills them in (see mod.rs).
-- in_branch is the id of its branch, empty on main. Parameters that a column could hide start with of_.

-- Numbers. Built of the names that sessions see, so an object has the same number in every session, in
-- every branch and after a restart. 16384 is the first that Postgres gives to users' objects.
CREATE MACRO _hatidata.base.oid(of_kind, of_schema, of_name) AS
    (16384 + hash(of_kind, of_schema, of_name) % 2147467264)::BIGINT;

CREATE MACRO _hatidata.base.schema_oid(of_name) AS CASE of_name
    WHEN 'main' THEN 2200::BIGINT WHEN 'pg_catalog' THEN 11::BIGINT WHEN 'information_schema' THEN 13207::BIGINT
    ELSE _hatidata.base.oid('schema', '', of_name) END;

CREATE MACRO _hatidata.base.relation_oid(of_schema, of_name) AS _hatidata.base.oid('relation', of_schema, of_name);

CREATE MACRO _hatidata.base.role_oid(of_name) AS
    CASE of_name WHEN 'hatidata' THEN 10::BIGINT ELSE _hatidata.base.oid('role', '', of_name) END;

-- Names as they are written.

CREATE MACRO _hatidata.base.reserved() AS [
    'all', 'analyse', 'analyze', 'and', 'any', 'array', 'as', 'asc', 'asymmetric', 'both', 'case', 'cast', 'check', 'collate', 'column',
    'constraint', 'create', 'current_date', 'current_role', 'current_time', 'current_timestamp', 'current_user', 'default', 'deferrable',
    'desc', 'distinct', 'do', 'else', 'end', 'except', 'false', 'fetch', 'for', 'foreign', 'from', 'grant', 'group', 'having', 'in',
    'initially', 'intersect', 'into', 'join', 'lateral', 'leading', 'left', 'like', 'limit', 'localtime', 'not', 'null', 'offset', 'on',
    'only', 'or', 'order', 'pivot', 'placing', 'primary', 'qualify', 'references', 'returning', 'right', 'select', 'session_user', 'some',
    'symmetric', 'table', 'then', 'to', 'trailing', 'true', 'union', 'unique', 'unpivot', 'user', 'using', 'variadic', 'when', 'where',
    'window', 'with'];

CREATE MACRO _hatidata.pg.quote_ident(of_name) AS
    CASE WHEN regexp_full_match(of_name, '[a-z_][a-z0-9_]*') AND NOT list_contains(_hatidata.base.reserved(), of_name) THEN of_name
    ELSE '"' || replace(of_name, '"', '""') || '"' END;

CREATE MACRO _hatidata.base.name_list(of_names) AS
    array_to_string([_hatidata.pg.quote_ident(n) for n in of_names], ', ');

CREATE MACRO _hatidata.base.qualified(of_schema, of_name) AS
    CASE WHEN of_schema IN ('main', 'pg_catalog', 'pg_temp') THEN '' ELSE _hatidata.pg.quote_ident(of_schema) || '.' END || _hatidata.pg.quote_ident(of_name);

-- The names in a list such as a, "b c".
CREATE MACRO _hatidata.base.names(of_list) AS
    [CASE WHEN starts_with(n, '"') THEN replace(n[2:-2], '""', '"') ELSE n END
     for n in regexp_extract_all(coalesce(of_list, ''), '"(?:[^"]|"")*"|[^\s,."]+')];
