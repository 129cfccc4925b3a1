-- A session on main has nothing of its own: the relations of branch.sql without rows.

CREATE MACRO _hatidata.base.moved(in_branch) AS TABLE
SELECT NULL::VARCHAR AS stored_schema, NULL::VARCHAR AS stored_name, NULL::VARCHAR AS seen_schema, NULL::VARCHAR AS seen_name WHERE false;

CREATE MACRO _hatidata.base.own_foreign_keys(in_branch) AS TABLE
SELECT NULL::VARCHAR AS schema_name, NULL::VARCHAR AS table_name, 0 AS place, NULL::VARCHAR[] AS columns, NULL::VARCHAR AS parent,
    NULL::VARCHAR[] AS parent_columns WHERE false;

CREATE MACRO _hatidata.base.own_macros(in_branch) AS TABLE
SELECT NULL::VARCHAR AS schema_key, NULL::VARCHAR AS name_key, NULL::VARCHAR AS schema_name, NULL::VARCHAR AS name,
    NULL::VARCHAR[] AS parameters, NULL::VARCHAR AS definition, false AS gives_rows WHERE false;
