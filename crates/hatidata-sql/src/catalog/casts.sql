-- What casts to regclass and its like become: reg.regclass('t') is a number, reg.regclass_name(16400) the text that
-- Postgres shows for it. Both take a name or a number. A name that means nothing is an error, as it is in Postgres.

CREATE MACRO _hatidata.pg.format_type(of_type, of_modifier) AS (
    SELECT CASE
        WHEN of_oid IS NULL THEN NULL
        WHEN of_oid = 0 THEN '-'
        WHEN width IS NULL OR width < 0 OR of_oid NOT IN (1042, 1043, 1560, 1562, 1700, 1231) THEN
            coalesce((SELECT max(t.shown) FROM _hatidata.base.types() t WHERE t.oid = of_oid),
                (SELECT max(e.name) FROM _hatidata.base.enums() e WHERE _hatidata.base.oid('type', e.schema_name, e.name) = of_oid), '???')
        WHEN of_oid IN (1700, 1231) THEN
            'numeric(' || ((width - 4) >> 16) || ',' || ((width - 4) & 65535) || ')' || CASE of_oid WHEN 1231 THEN '[]' ELSE '' END
        WHEN of_oid = 1042 THEN 'character(' || (width - 4) || ')'
        WHEN of_oid = 1043 THEN 'character varying(' || (width - 4) || ')'
        WHEN of_oid = 1560 THEN 'bit(' || width || ')'
        ELSE 'bit varying(' || width || ')' END
    FROM (SELECT of_type::BIGINT AS of_oid, of_modifier::INTEGER AS width));

CREATE MACRO _hatidata.pg.pg_get_userbyid(in_role, of_role) AS CASE of_role
    WHEN 10 THEN 'hatidata' WHEN _hatidata.base.role_oid(in_role) THEN in_role ELSE 'unknown (OID=' || of_role || ')' END;

CREATE MACRO _hatidata.reg.find_class(in_branch, of_name) AS (
    SELECT arg_max(r.oid, r.schema_name = 'pg_temp')
    FROM (SELECT _hatidata.base.names(lower(of_name)) AS parts), _hatidata.base.relations(in_branch) r
    WHERE lower(r.name) = parts[-1] AND CASE WHEN len(parts) = 1 THEN r.schema_name IN ('main', 'pg_catalog', 'pg_temp')
        ELSE lower(r.schema_name) = CASE parts[-2] WHEN 'public' THEN 'main' ELSE parts[-2] END END);

CREATE MACRO _hatidata.reg.regclass(in_branch, of_value) AS (
    SELECT CASE WHEN word IS NULL THEN NULL WHEN word = '-' THEN 0 WHEN number IS NOT NULL THEN number
        ELSE coalesce(_hatidata.reg.find_class(in_branch, word), error('[42P01] relation "' || word || '" does not exist')::BIGINT) END
    FROM (SELECT of_value::VARCHAR AS word, TRY_CAST(of_value AS BIGINT) AS number));

CREATE MACRO _hatidata.reg.regclass_name(in_branch, of_value) AS (
    SELECT CASE WHEN number = 0 THEN '-' ELSE coalesce(
        (SELECT any_value(_hatidata.base.qualified(r.schema_name, r.name)) FROM _hatidata.base.relations(in_branch) r WHERE r.oid = number),
        number::VARCHAR) END
    FROM (SELECT _hatidata.reg.regclass(in_branch, of_value) AS number));

CREATE MACRO _hatidata.reg.find_type(of_name) AS (
    SELECT coalesce(
        (SELECT max(CASE WHEN word = plain THEN t.oid ELSE t.array_oid END) FROM _hatidata.base.plain_types() t
         WHERE plain IN (t.name, replace(t.shown, '"', ''))),
        (SELECT max(t.oid) FROM _hatidata.base.types() t WHERE t.name = word),
        (SELECT max(_hatidata.base.oid('type', e.schema_name, e.name)) FROM _hatidata.base.enums() e WHERE lower(e.name) = word),
        (SELECT max(CASE WHEN word = plain THEN t.oid ELSE t.array_oid END) FROM _hatidata.base.type_names() n
         JOIN _hatidata.base.plain_types() t ON t.oid = n.oid WHERE lower(n.name) = plain))
    FROM (SELECT word, regexp_replace(word, '\[\]$', '') AS plain
        FROM (SELECT lower(regexp_replace(of_name, 'pg_catalog\.|"|\(.*?\)', '', 'g')) AS word)));

CREATE MACRO _hatidata.reg.regtype(of_value) AS (
    SELECT CASE WHEN word IS NULL THEN NULL WHEN word = '-' THEN 0 WHEN number IS NOT NULL THEN number
        ELSE coalesce(_hatidata.reg.find_type(word), error('[42704] type "' || word || '" does not exist')::BIGINT) END
    FROM (SELECT of_value::VARCHAR AS word, TRY_CAST(of_value AS BIGINT) AS number));

CREATE MACRO _hatidata.reg.regtype_name(of_value) AS (
    SELECT coalesce(nullif(_hatidata.pg.format_type(number, NULL), '???'), number::VARCHAR)
    FROM (SELECT _hatidata.reg.regtype(of_value) AS number));

CREATE MACRO _hatidata.reg.find_namespace(of_name) AS (
    SELECT max(n.oid) FROM _hatidata.base.schemas() n, (SELECT lower(trim(of_name, '"')) AS word)
    WHERE lower(n.name) = CASE word WHEN 'public' THEN 'main' ELSE word END);

CREATE MACRO _hatidata.reg.regnamespace(of_value) AS (
    SELECT CASE WHEN word IS NULL THEN NULL WHEN word = '-' THEN 0 WHEN number IS NOT NULL THEN number
        ELSE coalesce(_hatidata.reg.find_namespace(word), error('[3F000] schema "' || word || '" does not exist')::BIGINT) END
    FROM (SELECT of_value::VARCHAR AS word, TRY_CAST(of_value AS BIGINT) AS number));

CREATE MACRO _hatidata.reg.regnamespace_name(of_value) AS (
    SELECT coalesce((SELECT max(_hatidata.pg.quote_ident(n.name)) FROM _hatidata.base.schemas() n WHERE n.oid = number), number::VARCHAR)
    FROM (SELECT _hatidata.reg.regnamespace(of_value) AS number));

CREATE MACRO _hatidata.reg.find_proc(in_branch, of_name) AS (
    SELECT max(_hatidata.base.oid('function', m.schema_name, m.name))
    FROM (SELECT _hatidata.base.names(lower(regexp_replace(of_name, '\(.*\)', ''))) AS parts), _hatidata.base.macros(in_branch) m
    WHERE lower(m.name) = parts[-1] AND (len(parts) = 1 OR lower(m.schema_name) = parts[-2]));

-- The input function of a type stays a name, as pg_type has it: '=' then compares the two.
CREATE MACRO _hatidata.reg.regproc(in_branch, of_value) AS (
    SELECT CASE WHEN word IS NULL THEN NULL WHEN word = '-' THEN '0' WHEN number IS NOT NULL THEN number::VARCHAR
        WHEN bare IN ('array_in', 'enum_in', 'record_in') OR bare IN (SELECT t.name || 'in' FROM _hatidata.base.types() t) THEN bare
        ELSE coalesce(_hatidata.reg.find_proc(in_branch, word)::VARCHAR, error('[42883] function "' || word || '" does not exist')) END
    FROM (SELECT of_value::VARCHAR AS word, TRY_CAST(of_value AS BIGINT) AS number, regexp_replace(of_value::VARCHAR, '^pg_catalog\.', '') AS bare));

CREATE MACRO _hatidata.reg.regproc_name(in_branch, of_value) AS (
    SELECT CASE WHEN word = '0' THEN '-' ELSE coalesce(
        (SELECT max(_hatidata.base.qualified(m.schema_name, m.name)) FROM _hatidata.base.macros(in_branch) m
         WHERE _hatidata.base.oid('function', m.schema_name, m.name) = TRY_CAST(word AS BIGINT)), word) END
    FROM (SELECT _hatidata.reg.regproc(in_branch, of_value) AS word));

CREATE MACRO _hatidata.reg.regprocedure(in_branch, of_value) AS _hatidata.reg.regproc(in_branch, of_value);

CREATE MACRO _hatidata.reg.regprocedure_name(in_branch, of_value) AS _hatidata.reg.regproc_name(in_branch, of_value);

CREATE MACRO _hatidata.reg.regrole(in_role, of_value) AS (
    SELECT CASE WHEN word IS NULL THEN NULL WHEN word = '-' THEN 0 WHEN number IS NOT NULL THEN number
        WHEN word IN ('hatidata', in_role) THEN _hatidata.base.role_oid(word)
        ELSE error('[42704] role "' || word || '" does not exist')::BIGINT END
    FROM (SELECT trim(of_value::VARCHAR, '"') AS word, TRY_CAST(of_value AS BIGINT) AS number));

CREATE MACRO _hatidata.reg.regrole_name(in_role, of_value) AS
    _hatidata.pg.pg_get_userbyid(in_role, _hatidata.reg.regrole(in_role, of_value));
