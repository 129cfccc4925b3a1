-- pg_catalog: relations with the columns of PostgreSQL 15, filled from the base relations.
--
-- A column that has no meaning here holds what Postgres shows where the feature is not used. Objects belong to
-- the role hatidata (10); who may do what is a matter of policies.

CREATE MACRO _hatidata.pg.pg_namespace() AS TABLE SELECT
    oid, name AS nspname, 10::BIGINT AS nspowner, NULL::VARCHAR[] AS nspacl
FROM _hatidata.base.schemas();

CREATE MACRO _hatidata.pg.pg_class(in_branch) AS TABLE SELECT
    oid, name AS relname, _hatidata.base.schema_oid(schema_name) AS relnamespace,
    CASE WHEN kind IN ('r', 'v') THEN oid ELSE 0 END AS reltype, 0::BIGINT AS reloftype, 10::BIGINT AS relowner,
    CASE kind WHEN 'r' THEN 2 WHEN 'i' THEN 403 ELSE 0 END::BIGINT AS relam, oid AS relfilenode, 0::BIGINT AS reltablespace,
    (row_count // 100)::INTEGER AS relpages, row_count::FLOAT AS reltuples, 0 AS relallvisible, 0::BIGINT AS reltoastrelid,
    has_index AS relhasindex, false AS relisshared, CASE WHEN temporary THEN 't' ELSE 'p' END AS relpersistence,
    kind AS relkind, column_count::SMALLINT AS relnatts, checks::SMALLINT AS relchecks,
    kind = 'v' AND oid >= 16384 AS relhasrules, kind = 'r' AND oid >= 16384 AS relhastriggers, false AS relhassubclass, false AS relrowsecurity,
    false AS relforcerowsecurity, true AS relispopulated, CASE WHEN kind = 'r' THEN 'd' ELSE 'n' END AS relreplident,
    false AS relispartition, 0::BIGINT AS relrewrite, 0::BIGINT AS relfrozenxid, 0::BIGINT AS relminmxid,
    NULL::VARCHAR[] AS relacl, NULL::VARCHAR[] AS reloptions, NULL::VARCHAR AS relpartbound
FROM _hatidata.base.relations(in_branch);

CREATE MACRO _hatidata.pg.pg_attribute(in_branch) AS TABLE SELECT
    _hatidata.base.relation_oid(c.schema_name, c.table_name) AS attrelid, c.name AS attname, t.oid AS atttypid,
    -1 AS attstattarget, t.len AS attlen, c.number AS attnum, c.dimensions AS attndims, -1 AS attcacheoff,
    c.modifier AS atttypmod, t.by_value AS attbyval, t.align AS attalign, t.storage AS attstorage, '' AS attcompression,
    c.not_null AS attnotnull, c.default_text IS NOT NULL AS atthasdef, false AS atthasmissing, '' AS attidentity,
    '' AS attgenerated, false AS attisdropped, true AS attislocal, 0 AS attinhcount, t.collation_oid AS attcollation,
    NULL::VARCHAR[] AS attacl, NULL::VARCHAR[] AS attoptions, NULL::VARCHAR[] AS attfdwoptions,
    NULL::VARCHAR[] AS attmissingval
FROM _hatidata.base.typed_columns(in_branch) c LEFT JOIN _hatidata.base.types() t ON t.oid = c.type_oid
UNION ALL BY NAME
SELECT _hatidata.base.relation_oid(i.schema_name, i.name) AS attrelid, CASE WHEN c.name IS NULL THEN 'expr' ELSE c.name END AS attname,
    coalesce(c.type_oid, 25::BIGINT) AS atttypid, -1 AS attstattarget, (-1)::SMALLINT AS attlen, i.place::SMALLINT AS attnum, 0 AS attndims,
    -1 AS attcacheoff, -1 AS atttypmod, false AS attbyval, 'i' AS attalign, 'p' AS attstorage, '' AS attcompression, false AS attnotnull,
    false AS atthasdef, false AS atthasmissing, '' AS attidentity, '' AS attgenerated, false AS attisdropped, true AS attislocal,
    0 AS attinhcount, 0::BIGINT AS attcollation
FROM (SELECT schema_name, table_name, name, unnest(parts) AS part, generate_subscripts(parts, 1) AS place FROM _hatidata.base.indexes(in_branch)) i
    LEFT JOIN _hatidata.base.typed_columns(in_branch) c ON c.schema_name = i.schema_name AND c.table_name = i.table_name AND c.name = i.part;

CREATE MACRO _hatidata.pg.pg_attrdef(in_branch) AS TABLE SELECT
    _hatidata.base.oid('default', schema_name || '.' || table_name, name) AS oid,
    _hatidata.base.relation_oid(schema_name, table_name) AS adrelid, number AS adnum, default_text AS adbin
FROM _hatidata.base.columns(in_branch) WHERE default_text IS NOT NULL;

CREATE MACRO _hatidata.pg.pg_constraint(in_branch) AS TABLE SELECT
    _hatidata.base.oid('constraint', schema_name || '.' || table_name, name) AS oid, name AS conname,
    _hatidata.base.schema_oid(schema_name) AS connamespace, kind AS contype, false AS condeferrable, false AS condeferred,
    true AS convalidated, _hatidata.base.relation_oid(schema_name, table_name) AS conrelid, 0::BIGINT AS contypid,
    CASE kind WHEN 'p' THEN _hatidata.base.relation_oid(schema_name, name) WHEN 'u' THEN _hatidata.base.relation_oid(schema_name, name)
        WHEN 'f' THEN (SELECT _hatidata.base.relation_oid(p.schema_name, p.name) FROM _hatidata.base.constraints(in_branch) p
            WHERE p.schema_name = k.schema_name AND p.table_name = k.parent AND p.kind IN ('p', 'u') AND p.columns = k.parent_columns LIMIT 1)
        ELSE 0 END AS conindid,
    0::BIGINT AS conparentid, CASE kind WHEN 'f' THEN _hatidata.base.relation_oid(schema_name, parent) ELSE 0 END AS confrelid,
    CASE kind WHEN 'f' THEN 'a' ELSE ' ' END AS confupdtype, CASE kind WHEN 'f' THEN 'a' ELSE ' ' END AS confdeltype,
    CASE kind WHEN 'f' THEN 's' ELSE ' ' END AS confmatchtype, true AS conislocal, 0 AS coninhcount,
    kind <> 'c' AS connoinherit,
    (SELECT list(c.number ORDER BY list_position(k.columns, c.name)) FROM _hatidata.base.columns(in_branch) c
        WHERE c.schema_name = k.schema_name AND c.table_name = k.table_name AND list_contains(k.columns, c.name)) AS conkey,
    CASE kind WHEN 'f' THEN (SELECT list(c.number ORDER BY list_position(k.parent_columns, c.name)) FROM _hatidata.base.columns(in_branch) c
        WHERE c.schema_name = k.schema_name AND c.table_name = k.parent AND list_contains(k.parent_columns, c.name)) END AS confkey,
    NULL::BIGINT[] AS conpfeqop, NULL::BIGINT[] AS conppeqop, NULL::BIGINT[] AS conffeqop, NULL::SMALLINT[] AS confdelsetcols,
    NULL::BIGINT[] AS conexclop, expression AS conbin
FROM _hatidata.base.constraints(in_branch) k;

CREATE MACRO _hatidata.pg.pg_index(in_branch) AS TABLE SELECT
    _hatidata.base.relation_oid(schema_name, name) AS indexrelid,
    _hatidata.base.relation_oid(schema_name, table_name) AS indrelid, len(parts)::SMALLINT AS indnatts,
    len(parts)::SMALLINT AS indnkeyatts, is_unique AS indisunique, false AS indnullsnotdistinct, is_primary AS indisprimary,
    false AS indisexclusion, true AS indimmediate, false AS indisclustered, true AS indisvalid, false AS indcheckxmin,
    true AS indisready, true AS indislive, false AS indisreplident, keys AS indkey,
    [0 for p in parts]::BIGINT[] AS indcollation, [1978 for p in parts]::BIGINT[] AS indclass,
    [0 for p in parts]::SMALLINT[] AS indoption,
    CASE WHEN list_contains(keys, 0) THEN array_to_string([p for p, i in parts if keys[i] = 0], ', ') END AS indexprs,
    NULL::VARCHAR AS indpred
FROM (
    SELECT i.schema_name, i.table_name, i.name, any_value(i.parts) AS parts, any_value(i.is_unique) AS is_unique, any_value(i.is_primary) AS is_primary,
        list(coalesce(c.number, 0) ORDER BY i.place) AS keys
    FROM (SELECT *, unnest(parts) AS part, generate_subscripts(parts, 1) AS place FROM _hatidata.base.indexes(in_branch)) i
        LEFT JOIN _hatidata.base.columns(in_branch) c ON c.schema_name = i.schema_name AND c.table_name = i.table_name AND c.name = i.part
    GROUP BY ALL);

CREATE MACRO _hatidata.pg.pg_indexes(in_branch) AS TABLE SELECT
    schema_name AS schemaname, table_name AS tablename, name AS indexname, NULL::VARCHAR AS tablespace,
    _hatidata.base.index_definition(schema_name, table_name, name, is_unique, constraint_name, parts) AS indexdef
FROM _hatidata.base.indexes(in_branch);

CREATE MACRO _hatidata.pg.pg_tables(in_branch) AS TABLE SELECT
    schema_name AS schemaname, name AS tablename, 'hatidata' AS tableowner, NULL::VARCHAR AS tablespace,
    has_index AS hasindexes, false AS hasrules, false AS hastriggers, false AS rowsecurity
FROM _hatidata.base.tables(in_branch);

CREATE MACRO _hatidata.pg.pg_views(in_branch) AS TABLE SELECT
    schema_name AS schemaname, name AS viewname, 'hatidata' AS viewowner, definition
FROM _hatidata.base.views(in_branch);

CREATE MACRO _hatidata.pg.pg_sequence(in_branch) AS TABLE SELECT
    _hatidata.base.relation_oid(schema_name, name) AS seqrelid, 20::BIGINT AS seqtypid, start_value AS seqstart,
    increment_by AS seqincrement, max_value AS seqmax, min_value AS seqmin, 1::BIGINT AS seqcache, cycle AS seqcycle
FROM _hatidata.base.sequences(in_branch);

CREATE MACRO _hatidata.pg.pg_sequences(in_branch) AS TABLE SELECT
    schema_name AS schemaname, name AS sequencename, 'hatidata' AS sequenceowner, 20::BIGINT AS data_type, start_value,
    min_value, max_value, increment_by, cycle, 1::BIGINT AS cache_size, last_value
FROM _hatidata.base.sequences(in_branch);

CREATE MACRO _hatidata.pg.pg_rewrite(in_branch) AS TABLE SELECT
    _hatidata.base.oid('rule', schema_name, name) AS oid, '_RETURN' AS rulename,
    _hatidata.base.relation_oid(schema_name, name) AS ev_class, '1' AS ev_type, 'O' AS ev_enabled, true AS is_instead,
    NULL::VARCHAR AS ev_qual, NULL::VARCHAR AS ev_action
FROM _hatidata.base.views(in_branch);

CREATE MACRO _hatidata.pg.pg_description(in_branch) AS TABLE SELECT
    oid AS objoid, class_oid AS classoid, place AS objsubid, comment AS description
FROM _hatidata.base.comments(in_branch);

-- Clients read the names of input functions (as JDBC and Rails do) and join receiving ones with pg_proc (as Npgsql does);
-- without a type that is both number and name, the columns are what they are used as.
CREATE MACRO _hatidata.pg.pg_type(in_branch) AS TABLE SELECT
    oid, name AS typname, 11::BIGINT AS typnamespace, 10::BIGINT AS typowner, len AS typlen, by_value AS typbyval,
    kind AS typtype, category AS typcategory, preferred AS typispreferred, true AS typisdefined, ',' AS typdelim,
    0::BIGINT AS typrelid, CASE WHEN element <> 0 AND len = -1 THEN 'array_subscript_handler' ELSE '-' END AS typsubscript,
    element AS typelem, array_oid AS typarray, CASE WHEN category = 'A' THEN 'array_in' ELSE name || 'in' END AS typinput,
    CASE WHEN category = 'A' THEN 'array_out' ELSE name || 'out' END AS typoutput,
    _hatidata.base.oid('function', 'pg_catalog', CASE WHEN category = 'A' THEN 'array_recv' ELSE name || 'recv' END) AS typreceive,
    CASE WHEN category = 'A' THEN 'array_send' ELSE name || 'send' END AS typsend, '-' AS typmodin, '-' AS typmodout,
    '-' AS typanalyze, align AS typalign, storage AS typstorage, false AS typnotnull, 0::BIGINT AS typbasetype,
    -1 AS typtypmod, 0 AS typndims, collation_oid AS typcollation, NULL::VARCHAR AS typdefaultbin, NULL::VARCHAR AS typdefault,
    NULL::VARCHAR[] AS typacl
FROM _hatidata.base.types()
UNION ALL BY NAME
SELECT _hatidata.base.oid('type', schema_name, name) AS oid, name AS typname, _hatidata.base.schema_oid(schema_name) AS typnamespace, 10::BIGINT AS typowner, 4::SMALLINT AS typlen,
    true AS typbyval, 'e' AS typtype, 'E' AS typcategory, false AS typispreferred, true AS typisdefined, ',' AS typdelim, 0::BIGINT AS typrelid,
    '-' AS typsubscript, 0::BIGINT AS typelem, 0::BIGINT AS typarray, 'enum_in' AS typinput, 'enum_out' AS typoutput, _hatidata.base.oid('function', 'pg_catalog', 'enum_recv') AS typreceive,
    'enum_send' AS typsend, '-' AS typmodin, '-' AS typmodout, '-' AS typanalyze, 'i' AS typalign, 'p' AS typstorage, false AS typnotnull,
    0::BIGINT AS typbasetype, -1 AS typtypmod, 0 AS typndims, 0::BIGINT AS typcollation
FROM _hatidata.base.enums()
UNION ALL BY NAME
SELECT oid, name AS typname, _hatidata.base.schema_oid(schema_name) AS typnamespace, 10::BIGINT AS typowner, (-1)::SMALLINT AS typlen, false AS typbyval, 'c' AS typtype,
    'C' AS typcategory, false AS typispreferred, true AS typisdefined, ',' AS typdelim, oid AS typrelid, '-' AS typsubscript, 0::BIGINT AS typelem,
    0::BIGINT AS typarray, 'record_in' AS typinput, 'record_out' AS typoutput, _hatidata.base.oid('function', 'pg_catalog', 'record_recv') AS typreceive, 'record_send' AS typsend, '-' AS typmodin,
    '-' AS typmodout, '-' AS typanalyze, 'd' AS typalign, 'x' AS typstorage, false AS typnotnull, 0::BIGINT AS typbasetype, -1 AS typtypmod,
    0 AS typndims, 0::BIGINT AS typcollation
FROM _hatidata.base.relations(in_branch) WHERE kind IN ('r', 'v') AND oid >= 16384;

CREATE MACRO _hatidata.pg.pg_enum() AS TABLE SELECT
    _hatidata.base.oid('label', schema_name || '.' || name, label) AS oid,
    _hatidata.base.oid('type', schema_name, name) AS enumtypid, place::FLOAT AS enumsortorder, label AS enumlabel
FROM (SELECT schema_name, name, unnest(labels) AS label, generate_subscripts(labels, 1) AS place FROM _hatidata.base.enums());

CREATE MACRO _hatidata.pg.pg_proc(in_branch) AS TABLE SELECT
    _hatidata.base.oid('function', schema_name, name) AS oid, name AS proname,
    _hatidata.base.schema_oid(schema_name) AS pronamespace, 10::BIGINT AS proowner, 14::BIGINT AS prolang,
    100::FLOAT AS procost, CASE WHEN gives_rows THEN 1000 ELSE 0 END::FLOAT AS prorows, 0::BIGINT AS provariadic,
    '-' AS prosupport, 'f' AS prokind, false AS prosecdef, false AS proleakproof, false AS proisstrict,
    gives_rows AS proretset, 'v' AS provolatile, 'u' AS proparallel, len(parameters)::SMALLINT AS pronargs,
    0::SMALLINT AS pronargdefaults, CASE WHEN gives_rows THEN 2249 ELSE 2276 END::BIGINT AS prorettype,
    [2276 for p in parameters]::BIGINT[] AS proargtypes, NULL::BIGINT[] AS proallargtypes, NULL::VARCHAR[] AS proargmodes,
    parameters AS proargnames, NULL::VARCHAR AS proargdefaults, NULL::BIGINT[] AS protrftypes, definition AS prosrc,
    NULL::VARCHAR AS probin, NULL::VARCHAR AS prosqlbody, NULL::VARCHAR[] AS proconfig, NULL::VARCHAR[] AS proacl
FROM _hatidata.base.macros(in_branch)
UNION ALL BY NAME
SELECT DISTINCT _hatidata.base.oid('function', 'pg_catalog', name) AS oid, name AS proname, 11::BIGINT AS pronamespace, 10::BIGINT AS proowner,
    12::BIGINT AS prolang, 1::FLOAT AS procost, 0::FLOAT AS prorows, 0::BIGINT AS provariadic, '-' AS prosupport, 'f' AS prokind,
    false AS prosecdef, false AS proleakproof, true AS proisstrict, false AS proretset, 'i' AS provolatile, 's' AS proparallel,
    3::SMALLINT AS pronargs, 0::SMALLINT AS pronargdefaults, 2276::BIGINT AS prorettype, [2281, 26, 23]::BIGINT[] AS proargtypes, name AS prosrc
FROM (SELECT unnest([CASE WHEN category = 'A' THEN 'array_recv' ELSE name || 'recv' END, 'enum_recv', 'record_recv']) AS name FROM _hatidata.base.types());

CREATE MACRO _hatidata.pg.pg_database(in_database) AS TABLE SELECT
    _hatidata.base.oid('database', '', in_database) AS oid, in_database AS datname, 10::BIGINT AS datdba, 6 AS encoding,
    'c' AS datlocprovider, false AS datistemplate, true AS datallowconn, -1 AS datconnlimit, 0::BIGINT AS datfrozenxid,
    0::BIGINT AS datminmxid, 1663::BIGINT AS dattablespace, 'C.UTF-8' AS datcollate, 'C.UTF-8' AS datctype,
    NULL::VARCHAR AS daticulocale, NULL::VARCHAR AS datcollversion, NULL::VARCHAR[] AS datacl;

CREATE MACRO _hatidata.pg.pg_authid(in_role) AS TABLE SELECT
    oid, name AS rolname, super AS rolsuper, true AS rolinherit, super AS rolcreaterole, super AS rolcreatedb,
    true AS rolcanlogin, super AS rolreplication, super AS rolbypassrls, -1 AS rolconnlimit, NULL::VARCHAR AS rolpassword,
    NULL::TIMESTAMPTZ AS rolvaliduntil
FROM _hatidata.base.roles(in_role);

CREATE MACRO _hatidata.pg.pg_roles(in_role) AS TABLE SELECT
    name AS rolname, super AS rolsuper, true AS rolinherit, super AS rolcreaterole, super AS rolcreatedb, true AS rolcanlogin,
    super AS rolreplication, -1 AS rolconnlimit, '********' AS rolpassword, NULL::TIMESTAMPTZ AS rolvaliduntil,
    super AS rolbypassrls, NULL::VARCHAR[] AS rolconfig, oid
FROM _hatidata.base.roles(in_role);

CREATE MACRO _hatidata.pg.pg_user(in_role) AS TABLE SELECT
    name AS usename, oid AS usesysid, super AS usecreatedb, super AS usesuper, super AS userepl, super AS usebypassrls,
    '********' AS passwd, NULL::TIMESTAMPTZ AS valuntil, NULL::VARCHAR[] AS useconfig
FROM _hatidata.base.roles(in_role);

CREATE MACRO _hatidata.pg.pg_shadow(in_role) AS TABLE SELECT
    name AS usename, oid AS usesysid, super AS usecreatedb, super AS usesuper, super AS userepl, super AS usebypassrls,
    NULL::VARCHAR AS passwd, NULL::TIMESTAMPTZ AS valuntil, NULL::VARCHAR[] AS useconfig
FROM _hatidata.base.roles(in_role);

-- What belongs to what: constraints to tables, indexes to constraints and tables, defaults to columns, sequences to the
-- columns whose defaults call them.
CREATE MACRO _hatidata.base.dependencies(in_branch) AS TABLE
SELECT 2606::BIGINT AS class_oid, oid, 0 AS place, 1259::BIGINT AS of_class, conrelid AS of_oid, unnest(conkey)::INTEGER AS of_place, 'a' AS kind
FROM _hatidata.pg.pg_constraint(in_branch)
UNION ALL SELECT 1259, conindid, 0, 2606, oid, 0, 'i' FROM _hatidata.pg.pg_constraint(in_branch) WHERE contype IN ('p', 'u')
UNION ALL SELECT 1259, _hatidata.base.relation_oid(schema_name, name), 0, 1259, _hatidata.base.relation_oid(schema_name, table_name), 0, 'a'
FROM _hatidata.base.indexes(in_branch) WHERE constraint_name IS NULL
UNION ALL SELECT 2604, oid, 0, 1259, adrelid, adnum::INTEGER, 'a' FROM _hatidata.pg.pg_attrdef(in_branch)
UNION ALL SELECT 1259, _hatidata.base.relation_oid(s.schema_name, s.name), 0, 1259, _hatidata.base.relation_oid(c.schema_name, c.table_name), c.number::INTEGER, 'a'
FROM _hatidata.base.columns(in_branch) c JOIN _hatidata.base.sequences(in_branch) s
    ON lower(_hatidata.base.names(regexp_extract(c.default_text, 'nextval\(''(.*?)''', 1))[-1]) = lower(s.name)
        AND (s.schema_name = c.schema_name OR contains(c.default_text, s.schema_name || '.'));

CREATE MACRO _hatidata.pg.pg_depend(in_branch) AS TABLE SELECT
    class_oid AS classid, oid AS objid, place AS objsubid, of_class AS refclassid, of_oid AS refobjid, of_place AS refobjsubid,
    kind AS deptype
FROM _hatidata.base.dependencies(in_branch);

CREATE MACRO _hatidata.pg.pg_am() AS TABLE SELECT
    number::BIGINT AS oid, name AS amname, handler AS amhandler, kind AS amtype
FROM (VALUES (2, 'heap', 'heap_tableam_handler', 't'), (403, 'btree', 'bthandler', 'i')) AS v(number, name, handler, kind);

CREATE MACRO _hatidata.pg.pg_collation() AS TABLE SELECT
    number::BIGINT AS oid, name AS collname, 11::BIGINT AS collnamespace, 10::BIGINT AS collowner, provider AS collprovider,
    true AS collisdeterministic, -1 AS collencoding, CASE WHEN number > 100 THEN name END AS collcollate,
    CASE WHEN number > 100 THEN name END AS collctype, NULL::VARCHAR AS colliculocale, NULL::VARCHAR AS collversion
FROM (VALUES (100, 'default', 'd'), (950, 'C', 'c'), (951, 'POSIX', 'c')) AS v(number, name, provider);

CREATE MACRO _hatidata.pg.pg_language() AS TABLE SELECT
    number::BIGINT AS oid, name AS lanname, 10::BIGINT AS lanowner, false AS lanispl, number = 14 AS lanpltrusted,
    0::BIGINT AS lanplcallfoid, 0::BIGINT AS laninline, 0::BIGINT AS lanvalidator, NULL::VARCHAR[] AS lanacl
FROM (VALUES (12, 'internal'), (14, 'sql')) AS v(number, name);

CREATE MACRO _hatidata.pg.pg_tablespace() AS TABLE SELECT
    1663::BIGINT AS oid, 'pg_default' AS spcname, 10::BIGINT AS spcowner, NULL::VARCHAR[] AS spcacl,
    NULL::VARCHAR[] AS spcoptions;

CREATE MACRO _hatidata.pg.pg_opclass() AS TABLE SELECT
    1978::BIGINT AS oid, 403::BIGINT AS opcmethod, 'default_ops' AS opcname, 11::BIGINT AS opcnamespace,
    10::BIGINT AS opcowner, 1976::BIGINT AS opcfamily, 2276::BIGINT AS opcintype, true AS opcdefault, 0::BIGINT AS opckeytype;

CREATE MACRO _hatidata.pg.pg_cast() AS TABLE SELECT
    number::BIGINT AS oid, source::BIGINT AS castsource, target::BIGINT AS casttarget, 0::BIGINT AS castfunc,
    context AS castcontext, method AS castmethod
FROM (VALUES (10000, 20, 21, 'a', 'f'),
    (10001, 20, 23, 'a', 'f'),
    (10002, 20, 700, 'i', 'f'),
    (10003, 20, 701, 'i', 'f'),
    (10004, 20, 1700, 'i', 'f'),
    (10005, 21, 20, 'i', 'f'),
    (10006, 21, 23, 'i', 'f'),
    (10007, 21, 700, 'i', 'f'),
    (10008, 21, 701, 'i', 'f'),
    (10009, 21, 1700, 'i', 'f'),
    (10010, 23, 20, 'i', 'f'),
    (10011, 23, 21, 'a', 'f'),
    (10012, 23, 700, 'i', 'f'),
    (10013, 23, 701, 'i', 'f'),
    (10014, 23, 1700, 'i', 'f'),
    (10015, 700, 20, 'a', 'f'),
    (10016, 700, 21, 'a', 'f'),
    (10017, 700, 23, 'a', 'f'),
    (10018, 700, 701, 'i', 'f'),
    (10019, 700, 1700, 'a', 'f'),
    (10020, 701, 20, 'a', 'f'),
    (10021, 701, 21, 'a', 'f'),
    (10022, 701, 23, 'a', 'f'),
    (10023, 701, 700, 'a', 'f'),
    (10024, 701, 1700, 'a', 'f'),
    (10025, 1700, 20, 'a', 'f'),
    (10026, 1700, 21, 'a', 'f'),
    (10027, 1700, 23, 'a', 'f'),
    (10028, 1700, 700, 'i', 'f'),
    (10029, 1700, 701, 'i', 'f'),
    (10034, 23, 16, 'e', 'f'),
    (10035, 16, 23, 'e', 'f'),
    (10125, 25, 1042, 'i', 'b'),
    (10126, 25, 1043, 'i', 'b'),
    (10127, 1042, 25, 'i', 'f'),
    (10128, 1042, 1043, 'i', 'f'),
    (10129, 1043, 25, 'i', 'b'),
    (10130, 1043, 1042, 'i', 'b'),
    (10152, 1082, 1114, 'i', 'f'),
    (10153, 1082, 1184, 'i', 'f'),
    (10154, 1083, 1186, 'i', 'f'),
    (10155, 1083, 1266, 'i', 'f'),
    (10156, 1114, 1082, 'a', 'f'),
    (10157, 1114, 1083, 'a', 'f'),
    (10158, 1114, 1184, 'i', 'f'),
    (10159, 1184, 1082, 'a', 'f'),
    (10160, 1184, 1083, 'a', 'f'),
    (10161, 1184, 1114, 'a', 'f'),
    (10162, 1184, 1266, 'a', 'f'),
    (10163, 1186, 1083, 'a', 'f'),
    (10164, 1266, 1083, 'a', 'f'),
    (10183, 1560, 1562, 'i', 'b'),
    (10184, 1562, 1560, 'i', 'b'),
    (10185, 20, 1560, 'e', 'f'),
    (10186, 23, 1560, 'e', 'f'),
    (10187, 1560, 20, 'e', 'f'),
    (10188, 1560, 23, 'e', 'f'),
    (10191, 16, 25, 'a', 'f'),
    (10196, 16, 1043, 'a', 'f'),
    (10201, 16, 1042, 'a', 'f'),
    (10204, 1042, 1042, 'i', 'f'),
    (10205, 1043, 1043, 'i', 'f'),
    (10206, 1083, 1083, 'i', 'f'),
    (10207, 1114, 1114, 'i', 'f'),
    (10208, 1184, 1184, 'i', 'f'),
    (10209, 1186, 1186, 'i', 'f'),
    (10210, 1266, 1266, 'i', 'f'),
    (10211, 1560, 1560, 'i', 'f'),
    (10212, 1562, 1562, 'i', 'f'),
    (10213, 1700, 1700, 'i', 'f'),
    (10214, 114, 3802, 'a', 'i'),
    (10215, 3802, 114, 'a', 'i'),
    (10216, 3802, 16, 'e', 'f'),
    (10217, 3802, 1700, 'e', 'f'),
    (10218, 3802, 21, 'e', 'f'),
    (10219, 3802, 23, 'e', 'f'),
    (10220, 3802, 20, 'e', 'f'),
    (10221, 3802, 700, 'e', 'f'),
    (10222, 3802, 701, 'e', 'f')) AS v(number, source, target, context, method);

CREATE MACRO _hatidata.pg.pg_stat_user_tables(in_branch) AS TABLE SELECT
    _hatidata.base.relation_oid(schema_name, name) AS relid, schema_name AS schemaname, name AS relname, 0::BIGINT AS seq_scan,
    0::BIGINT AS seq_tup_read, 0::BIGINT AS idx_scan, 0::BIGINT AS idx_tup_fetch, 0::BIGINT AS n_tup_ins,
    0::BIGINT AS n_tup_upd, 0::BIGINT AS n_tup_del, 0::BIGINT AS n_tup_hot_upd, row_count AS n_live_tup,
    0::BIGINT AS n_dead_tup, 0::BIGINT AS n_mod_since_analyze, 0::BIGINT AS n_ins_since_vacuum,
    NULL::TIMESTAMPTZ AS last_vacuum, NULL::TIMESTAMPTZ AS last_autovacuum, NULL::TIMESTAMPTZ AS last_analyze,
    NULL::TIMESTAMPTZ AS last_autoanalyze, 0::BIGINT AS vacuum_count, 0::BIGINT AS autovacuum_count,
    0::BIGINT AS analyze_count, 0::BIGINT AS autoanalyze_count
FROM _hatidata.base.tables(in_branch);

CREATE MACRO _hatidata.pg.pg_stat_all_tables(in_branch) AS TABLE SELECT
    _hatidata.base.relation_oid(schema_name, name) AS relid, schema_name AS schemaname, name AS relname, 0::BIGINT AS seq_scan,
    0::BIGINT AS seq_tup_read, 0::BIGINT AS idx_scan, 0::BIGINT AS idx_tup_fetch, 0::BIGINT AS n_tup_ins,
    0::BIGINT AS n_tup_upd, 0::BIGINT AS n_tup_del, 0::BIGINT AS n_tup_hot_upd, row_count AS n_live_tup,
    0::BIGINT AS n_dead_tup, 0::BIGINT AS n_mod_since_analyze, 0::BIGINT AS n_ins_since_vacuum,
    NULL::TIMESTAMPTZ AS last_vacuum, NULL::TIMESTAMPTZ AS last_autovacuum, NULL::TIMESTAMPTZ AS last_analyze,
    NULL::TIMESTAMPTZ AS last_autoanalyze, 0::BIGINT AS vacuum_count, 0::BIGINT AS autovacuum_count,
    0::BIGINT AS analyze_count, 0::BIGINT AS autoanalyze_count
FROM _hatidata.base.tables(in_branch);

CREATE MACRO _hatidata.pg.pg_stat_xact_user_tables(in_branch) AS TABLE SELECT
    _hatidata.base.relation_oid(schema_name, name) AS relid, schema_name AS schemaname, name AS relname, 0::BIGINT AS seq_scan,
    0::BIGINT AS seq_tup_read, 0::BIGINT AS idx_scan, 0::BIGINT AS idx_tup_fetch, 0::BIGINT AS n_tup_ins,
    0::BIGINT AS n_tup_upd, 0::BIGINT AS n_tup_del, 0::BIGINT AS n_tup_hot_upd
FROM _hatidata.base.tables(in_branch);

CREATE MACRO _hatidata.pg.pg_statio_user_tables(in_branch) AS TABLE SELECT
    _hatidata.base.relation_oid(schema_name, name) AS relid, schema_name AS schemaname, name AS relname,
    0::BIGINT AS heap_blks_read, 0::BIGINT AS heap_blks_hit, 0::BIGINT AS idx_blks_read, 0::BIGINT AS idx_blks_hit,
    0::BIGINT AS toast_blks_read, 0::BIGINT AS toast_blks_hit, 0::BIGINT AS tidx_blks_read, 0::BIGINT AS tidx_blks_hit
FROM _hatidata.base.tables(in_branch);

CREATE MACRO _hatidata.pg.pg_stat_user_indexes(in_branch) AS TABLE SELECT
    _hatidata.base.relation_oid(schema_name, table_name) AS relid,
    _hatidata.base.relation_oid(schema_name, name) AS indexrelid, schema_name AS schemaname, table_name AS relname,
    name AS indexrelname, 0::BIGINT AS idx_scan, 0::BIGINT AS idx_tup_read, 0::BIGINT AS idx_tup_fetch
FROM _hatidata.base.indexes(in_branch);

CREATE MACRO _hatidata.pg.pg_stat_all_indexes(in_branch) AS TABLE SELECT
    _hatidata.base.relation_oid(schema_name, table_name) AS relid,
    _hatidata.base.relation_oid(schema_name, name) AS indexrelid, schema_name AS schemaname, table_name AS relname,
    name AS indexrelname, 0::BIGINT AS idx_scan, 0::BIGINT AS idx_tup_read, 0::BIGINT AS idx_tup_fetch
FROM _hatidata.base.indexes(in_branch);

CREATE MACRO _hatidata.pg.pg_stat_database(in_database) AS TABLE SELECT
    _hatidata.base.oid('database', '', in_database) AS datid, in_database AS datname, 0 AS numbackends,
    0::BIGINT AS xact_commit, 0::BIGINT AS xact_rollback, 0::BIGINT AS blks_read, 0::BIGINT AS blks_hit,
    0::BIGINT AS tup_returned, 0::BIGINT AS tup_fetched, 0::BIGINT AS tup_inserted, 0::BIGINT AS tup_updated,
    0::BIGINT AS tup_deleted, 0::BIGINT AS conflicts, 0::BIGINT AS temp_files, 0::BIGINT AS temp_bytes, 0::BIGINT AS deadlocks,
    0::BIGINT AS checksum_failures, NULL::TIMESTAMPTZ AS checksum_last_failure, 0::DOUBLE AS blk_read_time,
    0::DOUBLE AS blk_write_time, 0::DOUBLE AS session_time, 0::DOUBLE AS active_time, 0::DOUBLE AS idle_in_transaction_time,
    0::BIGINT AS sessions, 0::BIGINT AS sessions_abandoned, 0::BIGINT AS sessions_fatal, 0::BIGINT AS sessions_killed,
    NULL::TIMESTAMPTZ AS stats_reset;

CREATE MACRO _hatidata.pg.pg_timezone_names() AS TABLE SELECT
    name, abbrev, utc_offset, is_dst
FROM system.main.pg_timezone_names();
