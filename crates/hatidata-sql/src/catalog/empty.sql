-- Relations of pg_catalog about what is not offered here: the columns of PostgreSQL 15, no rows.

CREATE MACRO _hatidata.pg.pg_aggregate() AS TABLE SELECT
    NULL::VARCHAR AS aggfnoid, NULL::VARCHAR AS aggkind, NULL::SMALLINT AS aggnumdirectargs, NULL::VARCHAR AS aggtransfn,
    NULL::VARCHAR AS aggfinalfn, NULL::VARCHAR AS aggcombinefn, NULL::VARCHAR AS aggserialfn, NULL::VARCHAR AS aggdeserialfn,
    NULL::VARCHAR AS aggmtransfn, NULL::VARCHAR AS aggminvtransfn, NULL::VARCHAR AS aggmfinalfn,
    NULL::BOOLEAN AS aggfinalextra, NULL::BOOLEAN AS aggmfinalextra, NULL::VARCHAR AS aggfinalmodify,
    NULL::VARCHAR AS aggmfinalmodify, NULL::BIGINT AS aggsortop, NULL::BIGINT AS aggtranstype, NULL::INTEGER AS aggtransspace,
    NULL::BIGINT AS aggmtranstype, NULL::INTEGER AS aggmtransspace, NULL::VARCHAR AS agginitval, NULL::VARCHAR AS aggminitval
WHERE false;

CREATE MACRO _hatidata.pg.pg_amop() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS amopfamily, NULL::BIGINT AS amoplefttype, NULL::BIGINT AS amoprighttype,
    NULL::SMALLINT AS amopstrategy, NULL::VARCHAR AS amoppurpose, NULL::BIGINT AS amopopr, NULL::BIGINT AS amopmethod,
    NULL::BIGINT AS amopsortfamily
WHERE false;

CREATE MACRO _hatidata.pg.pg_amproc() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS amprocfamily, NULL::BIGINT AS amproclefttype, NULL::BIGINT AS amprocrighttype,
    NULL::SMALLINT AS amprocnum, NULL::VARCHAR AS amproc
WHERE false;

CREATE MACRO _hatidata.pg.pg_auth_members() AS TABLE SELECT
    NULL::BIGINT AS roleid, NULL::BIGINT AS member, NULL::BIGINT AS grantor, NULL::BOOLEAN AS admin_option
WHERE false;

CREATE MACRO _hatidata.pg.pg_available_extensions() AS TABLE SELECT
    NULL::VARCHAR AS name, NULL::VARCHAR AS default_version, NULL::VARCHAR AS installed_version, NULL::VARCHAR AS comment
WHERE false;

CREATE MACRO _hatidata.pg.pg_available_extension_versions() AS TABLE SELECT
    NULL::VARCHAR AS name, NULL::VARCHAR AS version, NULL::BOOLEAN AS installed, NULL::BOOLEAN AS superuser,
    NULL::BOOLEAN AS trusted, NULL::BOOLEAN AS relocatable, NULL::VARCHAR AS schema, NULL::VARCHAR[] AS requires,
    NULL::VARCHAR AS comment
WHERE false;

CREATE MACRO _hatidata.pg.pg_conversion() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS conname, NULL::BIGINT AS connamespace, NULL::BIGINT AS conowner,
    NULL::INTEGER AS conforencoding, NULL::INTEGER AS contoencoding, NULL::VARCHAR AS conproc, NULL::BOOLEAN AS condefault
WHERE false;

CREATE MACRO _hatidata.pg.pg_cursors() AS TABLE SELECT
    NULL::VARCHAR AS name, NULL::VARCHAR AS statement, NULL::BOOLEAN AS is_holdable, NULL::BOOLEAN AS is_binary,
    NULL::BOOLEAN AS is_scrollable, NULL::TIMESTAMPTZ AS creation_time
WHERE false;

CREATE MACRO _hatidata.pg.pg_db_role_setting() AS TABLE SELECT
    NULL::BIGINT AS setdatabase, NULL::BIGINT AS setrole, NULL::VARCHAR[] AS setconfig
WHERE false;

CREATE MACRO _hatidata.pg.pg_default_acl() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS defaclrole, NULL::BIGINT AS defaclnamespace, NULL::VARCHAR AS defaclobjtype,
    NULL::VARCHAR[] AS defaclacl
WHERE false;

CREATE MACRO _hatidata.pg.pg_event_trigger() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS evtname, NULL::VARCHAR AS evtevent, NULL::BIGINT AS evtowner,
    NULL::BIGINT AS evtfoid, NULL::VARCHAR AS evtenabled, NULL::VARCHAR[] AS evttags
WHERE false;

CREATE MACRO _hatidata.pg.pg_extension() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS extname, NULL::BIGINT AS extowner, NULL::BIGINT AS extnamespace,
    NULL::BOOLEAN AS extrelocatable, NULL::VARCHAR AS extversion, NULL::BIGINT[] AS extconfig, NULL::VARCHAR[] AS extcondition
WHERE false;

CREATE MACRO _hatidata.pg.pg_foreign_data_wrapper() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS fdwname, NULL::BIGINT AS fdwowner, NULL::BIGINT AS fdwhandler,
    NULL::BIGINT AS fdwvalidator, NULL::VARCHAR[] AS fdwacl, NULL::VARCHAR[] AS fdwoptions
WHERE false;

CREATE MACRO _hatidata.pg.pg_foreign_server() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS srvname, NULL::BIGINT AS srvowner, NULL::BIGINT AS srvfdw, NULL::VARCHAR AS srvtype,
    NULL::VARCHAR AS srvversion, NULL::VARCHAR[] AS srvacl, NULL::VARCHAR[] AS srvoptions
WHERE false;

CREATE MACRO _hatidata.pg.pg_foreign_table() AS TABLE SELECT
    NULL::BIGINT AS ftrelid, NULL::BIGINT AS ftserver, NULL::VARCHAR[] AS ftoptions
WHERE false;

CREATE MACRO _hatidata.pg.pg_group() AS TABLE SELECT
    NULL::VARCHAR AS groname, NULL::BIGINT AS grosysid, NULL::BIGINT[] AS grolist
WHERE false;

CREATE MACRO _hatidata.pg.pg_inherits() AS TABLE SELECT
    NULL::BIGINT AS inhrelid, NULL::BIGINT AS inhparent, NULL::INTEGER AS inhseqno, NULL::BOOLEAN AS inhdetachpending
WHERE false;

CREATE MACRO _hatidata.pg.pg_init_privs() AS TABLE SELECT
    NULL::BIGINT AS objoid, NULL::BIGINT AS classoid, NULL::INTEGER AS objsubid, NULL::VARCHAR AS privtype,
    NULL::VARCHAR[] AS initprivs
WHERE false;

CREATE MACRO _hatidata.pg.pg_largeobject_metadata() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS lomowner, NULL::VARCHAR[] AS lomacl
WHERE false;

CREATE MACRO _hatidata.pg.pg_locks() AS TABLE SELECT
    NULL::VARCHAR AS locktype, NULL::BIGINT AS database, NULL::BIGINT AS relation, NULL::INTEGER AS page,
    NULL::SMALLINT AS tuple, NULL::VARCHAR AS virtualxid, NULL::BIGINT AS transactionid, NULL::BIGINT AS classid,
    NULL::BIGINT AS objid, NULL::SMALLINT AS objsubid, NULL::VARCHAR AS virtualtransaction, NULL::INTEGER AS pid,
    NULL::VARCHAR AS mode, NULL::BOOLEAN AS granted, NULL::BOOLEAN AS fastpath, NULL::TIMESTAMPTZ AS waitstart
WHERE false;

CREATE MACRO _hatidata.pg.pg_matviews() AS TABLE SELECT
    NULL::VARCHAR AS schemaname, NULL::VARCHAR AS matviewname, NULL::VARCHAR AS matviewowner, NULL::VARCHAR AS tablespace,
    NULL::BOOLEAN AS hasindexes, NULL::BOOLEAN AS ispopulated, NULL::VARCHAR AS definition
WHERE false;

CREATE MACRO _hatidata.pg.pg_operator() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS oprname, NULL::BIGINT AS oprnamespace, NULL::BIGINT AS oprowner,
    NULL::VARCHAR AS oprkind, NULL::BOOLEAN AS oprcanmerge, NULL::BOOLEAN AS oprcanhash, NULL::BIGINT AS oprleft,
    NULL::BIGINT AS oprright, NULL::BIGINT AS oprresult, NULL::BIGINT AS oprcom, NULL::BIGINT AS oprnegate,
    NULL::VARCHAR AS oprcode, NULL::VARCHAR AS oprrest, NULL::VARCHAR AS oprjoin
WHERE false;

CREATE MACRO _hatidata.pg.pg_opfamily() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS opfmethod, NULL::VARCHAR AS opfname, NULL::BIGINT AS opfnamespace,
    NULL::BIGINT AS opfowner
WHERE false;

CREATE MACRO _hatidata.pg.pg_parameter_acl() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS parname, NULL::VARCHAR[] AS paracl
WHERE false;

CREATE MACRO _hatidata.pg.pg_partitioned_table() AS TABLE SELECT
    NULL::BIGINT AS partrelid, NULL::VARCHAR AS partstrat, NULL::SMALLINT AS partnatts, NULL::BIGINT AS partdefid,
    NULL::SMALLINT[] AS partattrs, NULL::BIGINT[] AS partclass, NULL::BIGINT[] AS partcollation, NULL::VARCHAR AS partexprs
WHERE false;

CREATE MACRO _hatidata.pg.pg_policies() AS TABLE SELECT
    NULL::VARCHAR AS schemaname, NULL::VARCHAR AS tablename, NULL::VARCHAR AS policyname, NULL::VARCHAR AS permissive,
    NULL::VARCHAR[] AS roles, NULL::VARCHAR AS cmd, NULL::VARCHAR AS qual, NULL::VARCHAR AS with_check
WHERE false;

CREATE MACRO _hatidata.pg.pg_policy() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS polname, NULL::BIGINT AS polrelid, NULL::VARCHAR AS polcmd,
    NULL::BOOLEAN AS polpermissive, NULL::BIGINT[] AS polroles, NULL::VARCHAR AS polqual, NULL::VARCHAR AS polwithcheck
WHERE false;

CREATE MACRO _hatidata.pg.pg_prepared_statements() AS TABLE SELECT
    NULL::VARCHAR AS name, NULL::VARCHAR AS statement, NULL::TIMESTAMPTZ AS prepare_time, NULL::BIGINT[] AS parameter_types,
    NULL::BOOLEAN AS from_sql, NULL::BIGINT AS generic_plans, NULL::BIGINT AS custom_plans
WHERE false;

CREATE MACRO _hatidata.pg.pg_prepared_xacts() AS TABLE SELECT
    NULL::BIGINT AS transaction, NULL::VARCHAR AS gid, NULL::TIMESTAMPTZ AS prepared, NULL::VARCHAR AS owner,
    NULL::VARCHAR AS database
WHERE false;

CREATE MACRO _hatidata.pg.pg_publication() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS pubname, NULL::BIGINT AS pubowner, NULL::BOOLEAN AS puballtables,
    NULL::BOOLEAN AS pubinsert, NULL::BOOLEAN AS pubupdate, NULL::BOOLEAN AS pubdelete, NULL::BOOLEAN AS pubtruncate,
    NULL::BOOLEAN AS pubviaroot
WHERE false;

CREATE MACRO _hatidata.pg.pg_publication_namespace() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS pnpubid, NULL::BIGINT AS pnnspid
WHERE false;

CREATE MACRO _hatidata.pg.pg_publication_rel() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS prpubid, NULL::BIGINT AS prrelid, NULL::VARCHAR AS prqual, NULL::SMALLINT[] AS prattrs
WHERE false;

CREATE MACRO _hatidata.pg.pg_publication_tables() AS TABLE SELECT
    NULL::VARCHAR AS pubname, NULL::VARCHAR AS schemaname, NULL::VARCHAR AS tablename, NULL::VARCHAR[] AS attnames,
    NULL::VARCHAR AS rowfilter
WHERE false;

CREATE MACRO _hatidata.pg.pg_range() AS TABLE SELECT
    NULL::BIGINT AS rngtypid, NULL::BIGINT AS rngsubtype, NULL::BIGINT AS rngmultitypid, NULL::BIGINT AS rngcollation,
    NULL::BIGINT AS rngsubopc, NULL::VARCHAR AS rngcanonical, NULL::VARCHAR AS rngsubdiff
WHERE false;

CREATE MACRO _hatidata.pg.pg_replication_slots() AS TABLE SELECT
    NULL::VARCHAR AS slot_name, NULL::VARCHAR AS plugin, NULL::VARCHAR AS slot_type, NULL::BIGINT AS datoid,
    NULL::VARCHAR AS database, NULL::BOOLEAN AS temporary, NULL::BOOLEAN AS active, NULL::INTEGER AS active_pid,
    NULL::BIGINT AS xmin, NULL::BIGINT AS catalog_xmin, NULL::VARCHAR AS restart_lsn, NULL::VARCHAR AS confirmed_flush_lsn,
    NULL::VARCHAR AS wal_status, NULL::BIGINT AS safe_wal_size, NULL::BOOLEAN AS two_phase
WHERE false;

CREATE MACRO _hatidata.pg.pg_rules() AS TABLE SELECT
    NULL::VARCHAR AS schemaname, NULL::VARCHAR AS tablename, NULL::VARCHAR AS rulename, NULL::VARCHAR AS definition
WHERE false;

CREATE MACRO _hatidata.pg.pg_seclabel() AS TABLE SELECT
    NULL::BIGINT AS objoid, NULL::BIGINT AS classoid, NULL::INTEGER AS objsubid, NULL::VARCHAR AS provider,
    NULL::VARCHAR AS label
WHERE false;

CREATE MACRO _hatidata.pg.pg_seclabels() AS TABLE SELECT
    NULL::BIGINT AS objoid, NULL::BIGINT AS classoid, NULL::INTEGER AS objsubid, NULL::VARCHAR AS objtype,
    NULL::BIGINT AS objnamespace, NULL::VARCHAR AS objname, NULL::VARCHAR AS provider, NULL::VARCHAR AS label
WHERE false;

CREATE MACRO _hatidata.pg.pg_shdepend() AS TABLE SELECT
    NULL::BIGINT AS dbid, NULL::BIGINT AS classid, NULL::BIGINT AS objid, NULL::INTEGER AS objsubid,
    NULL::BIGINT AS refclassid, NULL::BIGINT AS refobjid, NULL::VARCHAR AS deptype
WHERE false;

CREATE MACRO _hatidata.pg.pg_shdescription() AS TABLE SELECT
    NULL::BIGINT AS objoid, NULL::BIGINT AS classoid, NULL::VARCHAR AS description
WHERE false;

CREATE MACRO _hatidata.pg.pg_shseclabel() AS TABLE SELECT
    NULL::BIGINT AS objoid, NULL::BIGINT AS classoid, NULL::VARCHAR AS provider, NULL::VARCHAR AS label
WHERE false;

CREATE MACRO _hatidata.pg.pg_stat_replication() AS TABLE SELECT
    NULL::INTEGER AS pid, NULL::BIGINT AS usesysid, NULL::VARCHAR AS usename, NULL::VARCHAR AS application_name,
    NULL::VARCHAR AS client_addr, NULL::VARCHAR AS client_hostname, NULL::INTEGER AS client_port,
    NULL::TIMESTAMPTZ AS backend_start, NULL::BIGINT AS backend_xmin, NULL::VARCHAR AS state, NULL::VARCHAR AS sent_lsn,
    NULL::VARCHAR AS write_lsn, NULL::VARCHAR AS flush_lsn, NULL::VARCHAR AS replay_lsn, NULL::INTERVAL AS write_lag,
    NULL::INTERVAL AS flush_lag, NULL::INTERVAL AS replay_lag, NULL::INTEGER AS sync_priority, NULL::VARCHAR AS sync_state,
    NULL::TIMESTAMPTZ AS reply_time
WHERE false;

CREATE MACRO _hatidata.pg.pg_stat_user_functions() AS TABLE SELECT
    NULL::BIGINT AS funcid, NULL::VARCHAR AS schemaname, NULL::VARCHAR AS funcname, NULL::BIGINT AS calls,
    NULL::DOUBLE AS total_time, NULL::DOUBLE AS self_time
WHERE false;

CREATE MACRO _hatidata.pg.pg_statistic() AS TABLE SELECT
    NULL::BIGINT AS starelid, NULL::SMALLINT AS staattnum, NULL::BOOLEAN AS stainherit, NULL::FLOAT AS stanullfrac,
    NULL::INTEGER AS stawidth, NULL::FLOAT AS stadistinct, NULL::SMALLINT AS stakind1, NULL::SMALLINT AS stakind2,
    NULL::SMALLINT AS stakind3, NULL::SMALLINT AS stakind4, NULL::SMALLINT AS stakind5, NULL::BIGINT AS staop1,
    NULL::BIGINT AS staop2, NULL::BIGINT AS staop3, NULL::BIGINT AS staop4, NULL::BIGINT AS staop5, NULL::BIGINT AS stacoll1,
    NULL::BIGINT AS stacoll2, NULL::BIGINT AS stacoll3, NULL::BIGINT AS stacoll4, NULL::BIGINT AS stacoll5,
    NULL::FLOAT[] AS stanumbers1, NULL::FLOAT[] AS stanumbers2, NULL::FLOAT[] AS stanumbers3, NULL::FLOAT[] AS stanumbers4,
    NULL::FLOAT[] AS stanumbers5, NULL::VARCHAR[] AS stavalues1, NULL::VARCHAR[] AS stavalues2, NULL::VARCHAR[] AS stavalues3,
    NULL::VARCHAR[] AS stavalues4, NULL::VARCHAR[] AS stavalues5
WHERE false;

CREATE MACRO _hatidata.pg.pg_statistic_ext() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS stxrelid, NULL::VARCHAR AS stxname, NULL::BIGINT AS stxnamespace,
    NULL::BIGINT AS stxowner, NULL::INTEGER AS stxstattarget, NULL::SMALLINT[] AS stxkeys, NULL::VARCHAR[] AS stxkind,
    NULL::VARCHAR AS stxexprs
WHERE false;

CREATE MACRO _hatidata.pg.pg_statistic_ext_data() AS TABLE SELECT
    NULL::BIGINT AS stxoid, NULL::BOOLEAN AS stxdinherit, NULL::VARCHAR AS stxdndistinct, NULL::VARCHAR AS stxddependencies,
    NULL::VARCHAR AS stxdmcv, NULL::VARCHAR[] AS stxdexpr
WHERE false;

CREATE MACRO _hatidata.pg.pg_stats() AS TABLE SELECT
    NULL::VARCHAR AS schemaname, NULL::VARCHAR AS tablename, NULL::VARCHAR AS attname, NULL::BOOLEAN AS inherited,
    NULL::FLOAT AS null_frac, NULL::INTEGER AS avg_width, NULL::FLOAT AS n_distinct, NULL::VARCHAR[] AS most_common_vals,
    NULL::FLOAT[] AS most_common_freqs, NULL::VARCHAR[] AS histogram_bounds, NULL::FLOAT AS correlation,
    NULL::VARCHAR[] AS most_common_elems, NULL::FLOAT[] AS most_common_elem_freqs, NULL::FLOAT[] AS elem_count_histogram
WHERE false;

CREATE MACRO _hatidata.pg.pg_stats_ext() AS TABLE SELECT
    NULL::VARCHAR AS schemaname, NULL::VARCHAR AS tablename, NULL::VARCHAR AS statistics_schemaname,
    NULL::VARCHAR AS statistics_name, NULL::VARCHAR AS statistics_owner, NULL::VARCHAR[] AS attnames, NULL::VARCHAR[] AS exprs,
    NULL::VARCHAR[] AS kinds, NULL::BOOLEAN AS inherited, NULL::VARCHAR AS n_distinct, NULL::VARCHAR AS dependencies,
    NULL::VARCHAR[] AS most_common_vals, NULL::BOOLEAN[] AS most_common_val_nulls, NULL::DOUBLE[] AS most_common_freqs,
    NULL::DOUBLE[] AS most_common_base_freqs
WHERE false;

CREATE MACRO _hatidata.pg.pg_stats_ext_exprs() AS TABLE SELECT
    NULL::VARCHAR AS schemaname, NULL::VARCHAR AS tablename, NULL::VARCHAR AS statistics_schemaname,
    NULL::VARCHAR AS statistics_name, NULL::VARCHAR AS statistics_owner, NULL::VARCHAR AS expr, NULL::BOOLEAN AS inherited,
    NULL::FLOAT AS null_frac, NULL::INTEGER AS avg_width, NULL::FLOAT AS n_distinct, NULL::VARCHAR[] AS most_common_vals,
    NULL::FLOAT[] AS most_common_freqs, NULL::VARCHAR[] AS histogram_bounds, NULL::FLOAT AS correlation,
    NULL::VARCHAR[] AS most_common_elems, NULL::FLOAT[] AS most_common_elem_freqs, NULL::FLOAT[] AS elem_count_histogram
WHERE false;

CREATE MACRO _hatidata.pg.pg_subscription() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS subdbid, NULL::VARCHAR AS subskiplsn, NULL::VARCHAR AS subname,
    NULL::BIGINT AS subowner, NULL::BOOLEAN AS subenabled, NULL::BOOLEAN AS subbinary, NULL::BOOLEAN AS substream,
    NULL::VARCHAR AS subtwophasestate, NULL::BOOLEAN AS subdisableonerr, NULL::VARCHAR AS subconninfo,
    NULL::VARCHAR AS subslotname, NULL::VARCHAR AS subsynccommit, NULL::VARCHAR[] AS subpublications
WHERE false;

CREATE MACRO _hatidata.pg.pg_subscription_rel() AS TABLE SELECT
    NULL::BIGINT AS srsubid, NULL::BIGINT AS srrelid, NULL::VARCHAR AS srsubstate, NULL::VARCHAR AS srsublsn
WHERE false;

CREATE MACRO _hatidata.pg.pg_transform() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS trftype, NULL::BIGINT AS trflang, NULL::VARCHAR AS trffromsql,
    NULL::VARCHAR AS trftosql
WHERE false;

CREATE MACRO _hatidata.pg.pg_trigger() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS tgrelid, NULL::BIGINT AS tgparentid, NULL::VARCHAR AS tgname, NULL::BIGINT AS tgfoid,
    NULL::SMALLINT AS tgtype, NULL::VARCHAR AS tgenabled, NULL::BOOLEAN AS tgisinternal, NULL::BIGINT AS tgconstrrelid,
    NULL::BIGINT AS tgconstrindid, NULL::BIGINT AS tgconstraint, NULL::BOOLEAN AS tgdeferrable,
    NULL::BOOLEAN AS tginitdeferred, NULL::SMALLINT AS tgnargs, NULL::SMALLINT[] AS tgattr, NULL::BLOB AS tgargs,
    NULL::VARCHAR AS tgqual, NULL::VARCHAR AS tgoldtable, NULL::VARCHAR AS tgnewtable
WHERE false;

CREATE MACRO _hatidata.pg.pg_ts_config() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS cfgname, NULL::BIGINT AS cfgnamespace, NULL::BIGINT AS cfgowner,
    NULL::BIGINT AS cfgparser
WHERE false;

CREATE MACRO _hatidata.pg.pg_ts_config_map() AS TABLE SELECT
    NULL::BIGINT AS mapcfg, NULL::INTEGER AS maptokentype, NULL::INTEGER AS mapseqno, NULL::BIGINT AS mapdict
WHERE false;

CREATE MACRO _hatidata.pg.pg_ts_dict() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS dictname, NULL::BIGINT AS dictnamespace, NULL::BIGINT AS dictowner,
    NULL::BIGINT AS dicttemplate, NULL::VARCHAR AS dictinitoption
WHERE false;

CREATE MACRO _hatidata.pg.pg_ts_parser() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS prsname, NULL::BIGINT AS prsnamespace, NULL::VARCHAR AS prsstart,
    NULL::VARCHAR AS prstoken, NULL::VARCHAR AS prsend, NULL::VARCHAR AS prsheadline, NULL::VARCHAR AS prslextype
WHERE false;

CREATE MACRO _hatidata.pg.pg_ts_template() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::VARCHAR AS tmplname, NULL::BIGINT AS tmplnamespace, NULL::VARCHAR AS tmplinit,
    NULL::VARCHAR AS tmpllexize
WHERE false;

CREATE MACRO _hatidata.pg.pg_user_mapping() AS TABLE SELECT
    NULL::BIGINT AS oid, NULL::BIGINT AS umuser, NULL::BIGINT AS umserver, NULL::VARCHAR[] AS umoptions
WHERE false;

CREATE MACRO _hatidata.pg.pg_user_mappings() AS TABLE SELECT
    NULL::BIGINT AS umid, NULL::BIGINT AS srvid, NULL::VARCHAR AS srvname, NULL::BIGINT AS umuser, NULL::VARCHAR AS usename,
    NULL::VARCHAR[] AS umoptions
WHERE false;

-- Relations of information_schema of the same kind.

CREATE MACRO _hatidata.info.domains() AS TABLE SELECT
    NULL::VARCHAR AS domain_catalog, NULL::VARCHAR AS domain_schema, NULL::VARCHAR AS domain_name, NULL::VARCHAR AS data_type,
    NULL::INTEGER AS character_maximum_length, NULL::INTEGER AS character_octet_length, NULL::VARCHAR AS character_set_catalog,
    NULL::VARCHAR AS character_set_schema, NULL::VARCHAR AS character_set_name, NULL::VARCHAR AS collation_catalog,
    NULL::VARCHAR AS collation_schema, NULL::VARCHAR AS collation_name, NULL::INTEGER AS numeric_precision,
    NULL::INTEGER AS numeric_precision_radix, NULL::INTEGER AS numeric_scale, NULL::INTEGER AS datetime_precision,
    NULL::VARCHAR AS interval_type, NULL::INTEGER AS interval_precision, NULL::VARCHAR AS domain_default,
    NULL::VARCHAR AS udt_catalog, NULL::VARCHAR AS udt_schema, NULL::VARCHAR AS udt_name, NULL::VARCHAR AS scope_catalog,
    NULL::VARCHAR AS scope_schema, NULL::VARCHAR AS scope_name, NULL::INTEGER AS maximum_cardinality,
    NULL::VARCHAR AS dtd_identifier
WHERE false;

CREATE MACRO _hatidata.info.triggers() AS TABLE SELECT
    NULL::VARCHAR AS trigger_catalog, NULL::VARCHAR AS trigger_schema, NULL::VARCHAR AS trigger_name,
    NULL::VARCHAR AS event_manipulation, NULL::VARCHAR AS event_object_catalog, NULL::VARCHAR AS event_object_schema,
    NULL::VARCHAR AS event_object_table, NULL::INTEGER AS action_order, NULL::VARCHAR AS action_condition,
    NULL::VARCHAR AS action_statement, NULL::VARCHAR AS action_orientation, NULL::VARCHAR AS action_timing,
    NULL::VARCHAR AS action_reference_old_table, NULL::VARCHAR AS action_reference_new_table,
    NULL::VARCHAR AS action_reference_old_row, NULL::VARCHAR AS action_reference_new_row, NULL::TIMESTAMPTZ AS created
WHERE false;

CREATE MACRO _hatidata.info.element_types() AS TABLE SELECT
    NULL::VARCHAR AS object_catalog, NULL::VARCHAR AS object_schema, NULL::VARCHAR AS object_name,
    NULL::VARCHAR AS object_type, NULL::VARCHAR AS collection_type_identifier, NULL::VARCHAR AS data_type,
    NULL::INTEGER AS character_maximum_length, NULL::INTEGER AS character_octet_length, NULL::VARCHAR AS character_set_catalog,
    NULL::VARCHAR AS character_set_schema, NULL::VARCHAR AS character_set_name, NULL::VARCHAR AS collation_catalog,
    NULL::VARCHAR AS collation_schema, NULL::VARCHAR AS collation_name, NULL::INTEGER AS numeric_precision,
    NULL::INTEGER AS numeric_precision_radix, NULL::INTEGER AS numeric_scale, NULL::INTEGER AS datetime_precision,
    NULL::VARCHAR AS interval_type, NULL::INTEGER AS interval_precision, NULL::VARCHAR AS domain_default,
    NULL::VARCHAR AS udt_catalog, NULL::VARCHAR AS udt_schema, NULL::VARCHAR AS udt_name, NULL::VARCHAR AS scope_catalog,
    NULL::VARCHAR AS scope_schema, NULL::VARCHAR AS scope_name, NULL::INTEGER AS maximum_cardinality,
    NULL::VARCHAR AS dtd_identifier
WHERE false;

CREATE MACRO _hatidata.info.domain_constraints() AS TABLE SELECT
    NULL::VARCHAR AS constraint_catalog, NULL::VARCHAR AS constraint_schema, NULL::VARCHAR AS constraint_name,
    NULL::VARCHAR AS domain_catalog, NULL::VARCHAR AS domain_schema, NULL::VARCHAR AS domain_name,
    NULL::VARCHAR AS is_deferrable, NULL::VARCHAR AS initially_deferred
WHERE false;

CREATE MACRO _hatidata.info.view_table_usage() AS TABLE SELECT
    NULL::VARCHAR AS view_catalog, NULL::VARCHAR AS view_schema, NULL::VARCHAR AS view_name, NULL::VARCHAR AS table_catalog,
    NULL::VARCHAR AS table_schema, NULL::VARCHAR AS table_name
WHERE false;

CREATE MACRO _hatidata.info.view_column_usage() AS TABLE SELECT
    NULL::VARCHAR AS view_catalog, NULL::VARCHAR AS view_schema, NULL::VARCHAR AS view_name, NULL::VARCHAR AS table_catalog,
    NULL::VARCHAR AS table_schema, NULL::VARCHAR AS table_name, NULL::VARCHAR AS column_name
WHERE false;

CREATE MACRO _hatidata.info.user_defined_types() AS TABLE SELECT
    NULL::VARCHAR AS user_defined_type_catalog, NULL::VARCHAR AS user_defined_type_schema,
    NULL::VARCHAR AS user_defined_type_name, NULL::VARCHAR AS user_defined_type_category, NULL::VARCHAR AS is_instantiable,
    NULL::VARCHAR AS is_final, NULL::VARCHAR AS ordering_form, NULL::VARCHAR AS ordering_category,
    NULL::VARCHAR AS ordering_routine_catalog, NULL::VARCHAR AS ordering_routine_schema,
    NULL::VARCHAR AS ordering_routine_name, NULL::VARCHAR AS reference_type, NULL::VARCHAR AS data_type,
    NULL::INTEGER AS character_maximum_length, NULL::INTEGER AS character_octet_length, NULL::VARCHAR AS character_set_catalog,
    NULL::VARCHAR AS character_set_schema, NULL::VARCHAR AS character_set_name, NULL::VARCHAR AS collation_catalog,
    NULL::VARCHAR AS collation_schema, NULL::VARCHAR AS collation_name, NULL::INTEGER AS numeric_precision,
    NULL::INTEGER AS numeric_precision_radix, NULL::INTEGER AS numeric_scale, NULL::INTEGER AS datetime_precision,
    NULL::VARCHAR AS interval_type, NULL::INTEGER AS interval_precision, NULL::VARCHAR AS source_dtd_identifier,
    NULL::VARCHAR AS ref_dtd_identifier
WHERE false;

CREATE MACRO _hatidata.info.attributes() AS TABLE SELECT
    NULL::VARCHAR AS udt_catalog, NULL::VARCHAR AS udt_schema, NULL::VARCHAR AS udt_name, NULL::VARCHAR AS attribute_name,
    NULL::INTEGER AS ordinal_position, NULL::VARCHAR AS attribute_default, NULL::VARCHAR AS is_nullable,
    NULL::VARCHAR AS data_type, NULL::INTEGER AS character_maximum_length, NULL::INTEGER AS character_octet_length,
    NULL::VARCHAR AS character_set_catalog, NULL::VARCHAR AS character_set_schema, NULL::VARCHAR AS character_set_name,
    NULL::VARCHAR AS collation_catalog, NULL::VARCHAR AS collation_schema, NULL::VARCHAR AS collation_name,
    NULL::INTEGER AS numeric_precision, NULL::INTEGER AS numeric_precision_radix, NULL::INTEGER AS numeric_scale,
    NULL::INTEGER AS datetime_precision, NULL::VARCHAR AS interval_type, NULL::INTEGER AS interval_precision,
    NULL::VARCHAR AS attribute_udt_catalog, NULL::VARCHAR AS attribute_udt_schema, NULL::VARCHAR AS attribute_udt_name,
    NULL::VARCHAR AS scope_catalog, NULL::VARCHAR AS scope_schema, NULL::VARCHAR AS scope_name,
    NULL::INTEGER AS maximum_cardinality, NULL::VARCHAR AS dtd_identifier, NULL::VARCHAR AS is_derived_reference_attribute
WHERE false;

CREATE MACRO _hatidata.info.usage_privileges() AS TABLE SELECT
    NULL::VARCHAR AS grantor, NULL::VARCHAR AS grantee, NULL::VARCHAR AS object_catalog, NULL::VARCHAR AS object_schema,
    NULL::VARCHAR AS object_name, NULL::VARCHAR AS object_type, NULL::VARCHAR AS privilege_type, NULL::VARCHAR AS is_grantable
WHERE false;

CREATE MACRO _hatidata.info.routine_privileges() AS TABLE SELECT
    NULL::VARCHAR AS grantor, NULL::VARCHAR AS grantee, NULL::VARCHAR AS specific_catalog, NULL::VARCHAR AS specific_schema,
    NULL::VARCHAR AS specific_name, NULL::VARCHAR AS routine_catalog, NULL::VARCHAR AS routine_schema,
    NULL::VARCHAR AS routine_name, NULL::VARCHAR AS privilege_type, NULL::VARCHAR AS is_grantable
WHERE false;
