-- Snowflake's functions as macros over DuckDB's. Results are those of Snowflake's documentation.
-- Each definition starts a line with CREATE MACRO: the names on those lines are the functions that the
-- translation sends here. Parts of dates arrive as full names ('month', not 'mm'), see snowflake.rs.
-- Semi-structured values (VARIANT, OBJECT, ARRAY) are JSON.

-- Conditions and nulls

CREATE MACRO iff(condition, a, b) AS CASE WHEN condition THEN a ELSE b END;
CREATE MACRO nvl(a, b) AS coalesce(a, b);
CREATE MACRO nvl2(a, b, c) AS CASE WHEN a IS NOT NULL THEN b ELSE c END;
CREATE MACRO ifnull(a, b) AS coalesce(a, b);
CREATE MACRO zeroifnull(a) AS coalesce(a, 0);
CREATE MACRO nullifzero(a) AS nullif(a, 0);
CREATE MACRO equal_null(a, b) AS a IS NOT DISTINCT FROM b;
CREATE MACRO decode
    (e, a, r) AS CASE WHEN e IS NOT DISTINCT FROM a THEN r END,
    (e, a, r, d) AS CASE WHEN e IS NOT DISTINCT FROM a THEN r ELSE d END,
    (e, a, r, b, s) AS CASE WHEN e IS NOT DISTINCT FROM a THEN r WHEN e IS NOT DISTINCT FROM b THEN s END,
    (e, a, r, b, s, d) AS CASE WHEN e IS NOT DISTINCT FROM a THEN r WHEN e IS NOT DISTINCT FROM b THEN s ELSE d END,
    (e, a, r, b, s, c, t) AS CASE WHEN e IS NOT DISTINCT FROM a THEN r WHEN e IS NOT DISTINCT FROM b THEN s WHEN e IS NOT DISTINCT FROM c THEN t END,
    (e, a, r, b, s, c, t, d) AS CASE WHEN e IS NOT DISTINCT FROM a THEN r WHEN e IS NOT DISTINCT FROM b THEN s WHEN e IS NOT DISTINCT FROM c THEN t ELSE d END,
    (e, a, r, b, s, c, t, f, u) AS CASE WHEN e IS NOT DISTINCT FROM a THEN r WHEN e IS NOT DISTINCT FROM b THEN s WHEN e IS NOT DISTINCT FROM c THEN t WHEN e IS NOT DISTINCT FROM f THEN u END,
    (e, a, r, b, s, c, t, f, u, d) AS CASE WHEN e IS NOT DISTINCT FROM a THEN r WHEN e IS NOT DISTINCT FROM b THEN s WHEN e IS NOT DISTINCT FROM c THEN t WHEN e IS NOT DISTINCT FROM f THEN u ELSE d END;
CREATE MACRO divisor(b) AS CASE WHEN b = 0 THEN error('[22012] division by zero') ELSE b END;
CREATE MACRO divide(a, b) AS hatidata_snowflake_divide(a, b);
CREATE MACRO div0(a, b) AS CASE WHEN b = 0 THEN 0 ELSE _hatidata_snowflake.divide(a, CASE WHEN b = 0 THEN 1 ELSE b END) END;
CREATE MACRO div0null(a, b) AS CASE WHEN coalesce(b, 0) = 0 THEN 0 ELSE _hatidata_snowflake.divide(a, CASE WHEN coalesce(b, 0) = 0 THEN 1 ELSE b END) END;
CREATE MACRO greatest(list) AS CASE WHEN len(list_filter(list, lambda x: x IS NULL)) = 0 THEN list_max(list) END;
CREATE MACRO least(list) AS CASE WHEN len(list_filter(list, lambda x: x IS NULL)) = 0 THEN list_min(list) END;
CREATE MACRO greatest_ignore_nulls(list) AS list_max(list);
CREATE MACRO least_ignore_nulls(list) AS list_min(list);
CREATE MACRO booland(a, b) AS (a <> 0) AND (b <> 0);
CREATE MACRO boolor(a, b) AS (a <> 0) OR (b <> 0);
CREATE MACRO boolnot(a) AS NOT (a <> 0);
CREATE MACRO boolxor(a, b) AS (a <> 0) <> (b <> 0);
CREATE MACRO regr_valx(y, x) AS CASE WHEN y IS NOT NULL THEN x END;
CREATE MACRO regr_valy(y, x) AS CASE WHEN x IS NOT NULL THEN y END;

-- Conversions

CREATE MACRO number_text
    (x) AS CASE WHEN typeof(x) = 'BOOLEAN' THEN CASE CAST(x AS VARCHAR) WHEN 'true' THEN '1' ELSE '0' END ELSE trim(CAST(x AS VARCHAR), ' "') END,
    (x, format) AS hatidata_snowflake_to_number(CAST(x AS VARCHAR), format);
CREATE MACRO to_number(x, format) AS CAST(hatidata_snowflake_to_number(CAST(x AS VARCHAR), format) AS DECIMAL(38, 0));
CREATE MACRO try_to_number(x, format) AS TRY(CAST(hatidata_snowflake_to_number(CAST(x AS VARCHAR), format) AS DECIMAL(38, 0)));
CREATE MACRO to_double(x) AS CAST(x AS DOUBLE);
CREATE MACRO try_to_double(x) AS TRY_CAST(x AS DOUBLE);
CREATE MACRO to_boolean(x) AS CASE WHEN x IS NULL THEN NULL
    WHEN typeof(x) NOT IN ('VARCHAR', 'BOOLEAN', 'JSON') AND TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE) IS NOT NULL THEN TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE) <> 0
    WHEN lower(trim(CAST(x AS VARCHAR), ' "')) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
    WHEN lower(trim(CAST(x AS VARCHAR), ' "')) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false
    ELSE CAST(error('[22018] Boolean value ''' || CAST(x AS VARCHAR) || ''' is not recognized') AS BOOLEAN) END;
CREATE MACRO try_to_boolean(x) AS CASE WHEN lower(trim(CAST(x AS VARCHAR))) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
    WHEN lower(trim(CAST(x AS VARCHAR))) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false END;
CREATE MACRO to_varchar
    (x) AS CASE
        WHEN x IS NULL THEN NULL
        WHEN typeof(x) = 'JSON' THEN CASE WHEN json_type(to_json(x)) IN ('ARRAY', 'OBJECT') THEN CAST(to_json(x) AS VARCHAR) ELSE to_json(x) ->> '$' END
        WHEN typeof(x) = 'TIMESTAMP' THEN hatidata_snowflake_to_char(CAST(x AS VARCHAR), typeof(x), 'YYYY-MM-DD HH24:MI:SS.FF3')
        WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN hatidata_snowflake_to_char(CAST(x AS VARCHAR), typeof(x), 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM')
        WHEN typeof(x) = 'TIME' THEN left(CAST(x AS VARCHAR), 8)
        WHEN typeof(x) = 'BLOB' THEN hex(CAST(CAST(x AS VARCHAR) AS BLOB))
        ELSE CAST(x AS VARCHAR) END,
    (x, format) AS CASE WHEN typeof(x) <> 'BLOB' THEN hatidata_snowflake_to_char(CAST(x AS VARCHAR), typeof(x), format)
        WHEN upper(format) = 'BASE64' THEN to_base64(CAST(CAST(x AS VARCHAR) AS BLOB))
        WHEN upper(format) IN ('UTF-8', 'UTF8') THEN decode(CAST(CAST(x AS VARCHAR) AS BLOB))
        ELSE hex(CAST(CAST(x AS VARCHAR) AS BLOB)) END;
CREATE MACRO to_date
    (x) AS CAST(left(hatidata_snowflake_parse(CAST(x AS VARCHAR), 'AUTO'), 10) AS DATE),
    (x, format) AS CAST(left(hatidata_snowflake_parse(CAST(x AS VARCHAR), format), 10) AS DATE);
CREATE MACRO try_to_date
    (x) AS TRY(CAST(left(hatidata_snowflake_parse(CAST(x AS VARCHAR), 'AUTO'), 10) AS DATE)),
    (x, format) AS TRY(CAST(left(hatidata_snowflake_parse(CAST(x AS VARCHAR), format), 10) AS DATE));
CREATE MACRO to_timestamp
    (x) AS CASE WHEN typeof(x) IN ('VARCHAR', 'DATE', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'JSON')
        THEN CAST(left(hatidata_snowflake_parse(trim(CAST(x AS VARCHAR), '"'), 'AUTO'), 26) AS TIMESTAMP)
        ELSE make_timestamp(CAST(CAST(CAST(x AS VARCHAR) AS DECIMAL(38, 6)) * 1000000 AS BIGINT)) END,
    (x, format) AS CASE WHEN typeof(x) IN ('VARCHAR', 'JSON')
        THEN CAST(left(hatidata_snowflake_parse(CAST(x AS VARCHAR), CAST(format AS VARCHAR)), 26) AS TIMESTAMP)
        ELSE make_timestamp(CAST(CAST(CAST(x AS VARCHAR) AS DECIMAL(38, 0)) * 1000000 // CAST(pow(10, TRY_CAST(CAST(format AS VARCHAR) AS INTEGER)) AS HUGEINT) AS BIGINT)) END;
CREATE MACRO to_timestamp_ltz
    (x) AS CASE WHEN typeof(x) IN ('VARCHAR', 'DATE', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'JSON')
        THEN CAST(hatidata_snowflake_parse(trim(CAST(x AS VARCHAR), '"'), 'AUTO') AS TIMESTAMPTZ)
        ELSE to_timestamp(CAST(CAST(x AS VARCHAR) AS DOUBLE)) END,
    (x, format) AS CAST(hatidata_snowflake_parse(CAST(x AS VARCHAR), format) AS TIMESTAMPTZ);
CREATE MACRO try_to_timestamp
    (x) AS TRY(CAST(left(hatidata_snowflake_parse(CAST(x AS VARCHAR), 'AUTO'), 26) AS TIMESTAMP)),
    (x, format) AS TRY(CAST(left(hatidata_snowflake_parse(CAST(x AS VARCHAR), format), 26) AS TIMESTAMP));
CREATE MACRO try_to_timestamp_ltz
    (x) AS TRY(CAST(hatidata_snowflake_parse(CAST(x AS VARCHAR), 'AUTO') AS TIMESTAMPTZ)),
    (x, format) AS TRY(CAST(hatidata_snowflake_parse(CAST(x AS VARCHAR), format) AS TIMESTAMPTZ));
CREATE MACRO to_time
    (x) AS CAST(CASE WHEN typeof(x) = 'TIMESTAMP' THEN substr(CAST(x AS VARCHAR), 12) ELSE CAST(x AS VARCHAR) END AS TIME),
    (x, format) AS CAST(substr(hatidata_snowflake_parse(CAST(x AS VARCHAR), format), 12, 15) AS TIME);
CREATE MACRO try_to_time(x) AS TRY_CAST(x AS TIME);
CREATE MACRO to_binary
    (x) AS CASE WHEN typeof(x) = 'BLOB' THEN CAST(CAST(x AS VARCHAR) AS BLOB) ELSE unhex(CAST(x AS VARCHAR)) END,
    (x, format) AS CASE WHEN upper(format) = 'BASE64' THEN from_base64(CAST(x AS VARCHAR)) WHEN upper(format) IN ('UTF-8', 'UTF8') THEN encode(CAST(x AS VARCHAR)) ELSE unhex(CAST(x AS VARCHAR)) END;
CREATE MACRO try_to_binary(x) AS TRY(unhex(CAST(x AS VARCHAR)));
CREATE MACRO hex_encode(x) AS hex(x);
CREATE MACRO hex_decode_string(x) AS decode(unhex(x));
CREATE MACRO try_hex_decode_string(x) AS TRY(decode(unhex(x)));
CREATE MACRO hex_decode_binary(x) AS unhex(x);
CREATE MACRO try_hex_decode_binary(x) AS TRY(unhex(x));
CREATE MACRO base64_encode(x) AS CASE WHEN typeof(x) = 'BLOB' THEN to_base64(CAST(CAST(x AS VARCHAR) AS BLOB)) ELSE to_base64(encode(CAST(x AS VARCHAR))) END;
CREATE MACRO base64_decode_string(x) AS decode(from_base64(x));
CREATE MACRO try_base64_decode_string(x) AS TRY(decode(from_base64(x)));
CREATE MACRO base64_decode_binary(x) AS from_base64(x);

-- Semi-structured values

CREATE MACRO parse_json(x) AS CASE WHEN trim(CAST(x AS VARCHAR)) <> '' THEN CAST(x AS JSON) END;
CREATE MACRO try_parse_json(x) AS TRY_CAST(x AS JSON);
CREATE MACRO check_json(x) AS CASE WHEN x IS NULL OR trim(x) = '' OR json_valid(x) THEN NULL ELSE 'not valid JSON' END;
CREATE MACRO to_variant(x) AS to_json(x);
CREATE MACRO to_json(x) AS CAST(x AS VARCHAR);
CREATE MACRO to_object(x) AS CAST(x AS JSON);
CREATE MACRO to_array(x) AS CASE WHEN x IS NULL THEN NULL WHEN json_type(to_json(x)) = 'ARRAY' THEN to_json(x) ELSE json_array(x) END;
CREATE MACRO typeof(x) AS CASE json_type(CAST(x AS JSON)) WHEN 'VARCHAR' THEN 'VARCHAR' WHEN 'BOOLEAN' THEN 'BOOLEAN' WHEN 'ARRAY' THEN 'ARRAY'
    WHEN 'OBJECT' THEN 'OBJECT' WHEN 'NULL' THEN 'NULL_VALUE' WHEN 'DOUBLE' THEN CASE WHEN contains(lower(CAST(x AS VARCHAR)), 'e') THEN 'DOUBLE' ELSE 'DECIMAL' END WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'BIGINT' THEN 'INTEGER' END;
CREATE MACRO is_array(x) AS json_type(CAST(x AS JSON)) = 'ARRAY';
CREATE MACRO is_object(x) AS json_type(CAST(x AS JSON)) = 'OBJECT';
CREATE MACRO is_varchar(x) AS json_type(CAST(x AS JSON)) = 'VARCHAR';
CREATE MACRO is_char(x) AS json_type(CAST(x AS JSON)) = 'VARCHAR';
CREATE MACRO is_boolean(x) AS json_type(CAST(x AS JSON)) = 'BOOLEAN';
CREATE MACRO is_integer(x) AS json_type(CAST(x AS JSON)) IN ('UBIGINT', 'BIGINT');
CREATE MACRO is_decimal(x) AS json_type(CAST(x AS JSON)) IN ('UBIGINT', 'BIGINT', 'DOUBLE');
CREATE MACRO is_double(x) AS json_type(CAST(x AS JSON)) IN ('UBIGINT', 'BIGINT', 'DOUBLE');
CREATE MACRO is_real(x) AS json_type(CAST(x AS JSON)) IN ('UBIGINT', 'BIGINT', 'DOUBLE');
CREATE MACRO is_null_value(x) AS json_type(CAST(x AS JSON)) = 'NULL';
CREATE MACRO as_varchar(x) AS CASE WHEN json_type(x) = 'VARCHAR' THEN x ->> '$' END;
CREATE MACRO as_char(x) AS CASE WHEN json_type(x) = 'VARCHAR' THEN x ->> '$' END;
CREATE MACRO as_integer(x) AS CASE WHEN json_type(x) IN ('UBIGINT', 'BIGINT') THEN CAST(x ->> '$' AS BIGINT) END;
CREATE MACRO as_double(x) AS CASE WHEN json_type(x) IN ('UBIGINT', 'BIGINT', 'DOUBLE') THEN CAST(x ->> '$' AS DOUBLE) END;
CREATE MACRO as_boolean(x) AS CASE WHEN json_type(x) = 'BOOLEAN' THEN CAST(x ->> '$' AS BOOLEAN) END;
CREATE MACRO as_array(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN x END;
CREATE MACRO as_object(x) AS CASE WHEN json_type(x) = 'OBJECT' THEN x END;
CREATE MACRO get(x, k) AS CASE WHEN typeof(k) = 'VARCHAR' OR TRY_CAST(k AS BIGINT) >= 0 THEN CAST(x AS JSON) -> k END;
CREATE MACRO get_path(x, p) AS json_extract(CAST(x AS JSON), CASE WHEN p[1] = '[' THEN '$' || p ELSE '$.' || p END);
CREATE MACRO get_ignore_case(x, k) AS json_extract(CAST(x AS JSON), '$."' || list_filter(json_keys(CAST(x AS JSON)), lambda n: lower(n) = lower(k))[1] || '"');
CREATE MACRO strip_null_value(x) AS CASE WHEN json_type(x) = 'NULL' THEN NULL ELSE x END;
CREATE MACRO elements(x) AS from_json(CAST(x AS JSON), '["JSON"]');
CREATE MACRO array_of_list(list) AS to_json(list_filter(coalesce(list, []), lambda x: x IS NOT NULL));
CREATE MACRO json_of_list(list) AS CASE WHEN list IS NULL THEN NULL WHEN len(list) = 0 THEN CAST('[]' AS JSON) ELSE to_json(list) END;
CREATE MACRO array_size(x) AS CASE WHEN json_type(CAST(x AS JSON)) = 'ARRAY' THEN CAST(json_array_length(CAST(x AS JSON)) AS BIGINT) END;
CREATE MACRO array_contains(v, x) AS list_contains(_hatidata_snowflake.elements(x), to_json(v));
CREATE MACRO array_position(v, x) AS list_position(_hatidata_snowflake.elements(x), to_json(v)) - 1;
CREATE MACRO array_append(x, v) AS _hatidata_snowflake.json_of_list(list_append(_hatidata_snowflake.elements(x), to_json(v)));
CREATE MACRO array_prepend(x, v) AS _hatidata_snowflake.json_of_list(list_prepend(to_json(v), _hatidata_snowflake.elements(x)));
CREATE MACRO array_cat(x, y) AS CASE WHEN x IS NULL OR y IS NULL THEN NULL
    ELSE _hatidata_snowflake.json_of_list(list_concat(_hatidata_snowflake.elements(x), _hatidata_snowflake.elements(y))) END;
CREATE MACRO array_compact(x) AS _hatidata_snowflake.json_of_list(list_filter(_hatidata_snowflake.elements(x), lambda e: e IS NOT NULL AND json_type(e) <> 'NULL'));
CREATE MACRO array_distinct(x) AS _hatidata_snowflake.json_of_list(list_filter(_hatidata_snowflake.elements(x),
    lambda e, i: list_position(_hatidata_snowflake.elements(x), e) = i));
CREATE MACRO array_slice(x, a, b) AS _hatidata_snowflake.json_of_list(list_slice(_hatidata_snowflake.elements(x),
    CASE WHEN a < 0 THEN json_array_length(x) + a ELSE a END + 1, CASE WHEN b < 0 THEN json_array_length(x) + b ELSE b END));
CREATE MACRO array_insert(x, i, v) AS _hatidata_snowflake.json_of_list(CASE
    WHEN i < 0 THEN list_concat(list_append(_hatidata_snowflake.elements(x)[:json_array_length(x) + i], to_json(v)), _hatidata_snowflake.elements(x)[json_array_length(x) + i + 1:])
    WHEN i > json_array_length(x) THEN list_append(list_resize(_hatidata_snowflake.elements(x), i, CAST('null' AS JSON)), to_json(v))
    ELSE list_concat(list_append(_hatidata_snowflake.elements(x)[:i], to_json(v)), _hatidata_snowflake.elements(x)[i + 1:]) END);
CREATE MACRO array_remove(x, v) AS _hatidata_snowflake.json_of_list(list_filter(_hatidata_snowflake.elements(x), lambda e: e IS DISTINCT FROM to_json(v)));
CREATE MACRO array_remove_at(x, i) AS _hatidata_snowflake.json_of_list(list_filter(_hatidata_snowflake.elements(x),
    lambda e, n: n <> CASE WHEN i < 0 THEN json_array_length(x) + i ELSE i END + 1));
CREATE MACRO array_to_string(x, s) AS array_to_string(list_transform(_hatidata_snowflake.elements(x), lambda e: coalesce(e ->> '$', '')), s);
CREATE MACRO array_intersection(x, y) AS _hatidata_snowflake.json_of_list(list_filter(_hatidata_snowflake.elements(x),
    lambda e, i: len(list_filter(_hatidata_snowflake.elements(x)[:i], lambda f: f = e)) <= len(list_filter(_hatidata_snowflake.elements(y), lambda f: f = e))));
CREATE MACRO array_except(x, y) AS _hatidata_snowflake.json_of_list(list_filter(_hatidata_snowflake.elements(x),
    lambda e, i: len(list_filter(_hatidata_snowflake.elements(x)[:i], lambda f: f = e)) > len(list_filter(_hatidata_snowflake.elements(y), lambda f: f = e))));
CREATE MACRO arrays_overlap(x, y) AS list_has_any(_hatidata_snowflake.elements(x), _hatidata_snowflake.elements(y));
CREATE MACRO sortable(x) AS list_transform(_hatidata_snowflake.elements(x), lambda e: {'n': TRY_CAST(e ->> '$' AS DOUBLE), 's': e});
CREATE MACRO array_sort
    (x) AS _hatidata_snowflake.json_of_list(list_transform(list_sort(_hatidata_snowflake.sortable(x)), lambda p: p.s)),
    (x, ascending) AS _hatidata_snowflake.json_of_list(list_transform(CASE WHEN ascending THEN list_sort(_hatidata_snowflake.sortable(x)) ELSE list_reverse_sort(_hatidata_snowflake.sortable(x)) END, lambda p: p.s));
CREATE MACRO array_min(x) AS list_sort(list_transform(list_filter(_hatidata_snowflake.elements(x), lambda e: json_type(e) <> 'NULL'),
    lambda e: {'n': TRY_CAST(e ->> '$' AS DOUBLE), 's': e}))[1].s;
CREATE MACRO array_max(x) AS list_sort(list_transform(list_filter(_hatidata_snowflake.elements(x), lambda e: json_type(e) <> 'NULL'),
    lambda e: {'n': TRY_CAST(e ->> '$' AS DOUBLE), 's': e}))[-1].s;
CREATE MACRO array_reverse(x) AS _hatidata_snowflake.json_of_list(list_reverse(_hatidata_snowflake.elements(x)));
CREATE MACRO array_flatten(x) AS _hatidata_snowflake.json_of_list(flatten(list_transform(_hatidata_snowflake.elements(x), lambda e: from_json(e, '["JSON"]'))));
CREATE MACRO array_generate_range
    (a, b) AS to_json(range(a, b)),
    (a, b, s) AS to_json(range(a, b, s));
CREATE MACRO array_union_of(lists) AS _hatidata_snowflake.json_of_list(flatten(list_transform(list_distinct(flatten(lists)),
    lambda e: list_resize([e], list_max(list_transform(lists, lambda l: len(list_filter(l, lambda f: f = e)))), e))));
CREATE MACRO without_null(x) AS CASE WHEN len(list_filter(json_extract(x, '$[*]'), lambda e: json_type(e) = 'NULL')) = 0 THEN x END;
CREATE MACRO object_keys(x) AS to_json(json_keys(CAST(x AS JSON)));
CREATE MACRO entries(x) AS list_transform(json_keys(CAST(x AS JSON)), lambda k: {'k': k, 'v': json_extract(CAST(x AS JSON), '$."' || k || '"')});
CREATE MACRO object_of_entries(list) AS CASE WHEN list IS NULL THEN NULL
    ELSE CAST('{' || array_to_string(list_transform(list, lambda p: to_json(p.k) || ':' || p.v), ',') || '}' AS JSON) END;
CREATE MACRO arrays_to_object(x, y) AS _hatidata_snowflake.object_of_entries(list_transform(list_zip(_hatidata_snowflake.elements(x), _hatidata_snowflake.elements(y)), lambda p: {'k': p[1] ->> '$', 'v': p[2]}));
CREATE MACRO object_without_nulls(x) AS _hatidata_snowflake.object_of_entries(list_filter(_hatidata_snowflake.entries(x), lambda p: json_type(p.v) <> 'NULL'));
CREATE MACRO object_delete(x, keys) AS _hatidata_snowflake.object_of_entries(list_filter(_hatidata_snowflake.entries(x), lambda p: NOT list_contains(keys, p.k)));
CREATE MACRO object_pick(x, keys) AS _hatidata_snowflake.object_of_entries(list_filter(_hatidata_snowflake.entries(x), lambda p: list_contains(keys, p.k)));
CREATE MACRO object_pick_all(x, keys) AS _hatidata_snowflake.object_pick(x, CASE WHEN json_type(to_json(keys)) = 'ARRAY'
    THEN list_transform(_hatidata_snowflake.elements(to_json(keys)), lambda k: k ->> '$') ELSE [to_json(keys) ->> '$'] END);
CREATE MACRO object_of_pairs(list) AS coalesce(_hatidata_snowflake.object_of_entries(list_filter(list, lambda p: p.k IS NOT NULL AND p.v IS NOT NULL AND json_type(p.v) <> 'NULL')), CAST('{}' AS JSON));
CREATE MACRO object_insert
    (x, key, v) AS CASE WHEN list_contains(json_keys(CAST(x AS JSON)), key) THEN CAST(error('Duplicate field key ''' || key || '''') AS JSON)
        WHEN v IS NULL THEN CAST(x AS JSON)
        ELSE _hatidata_snowflake.object_of_entries(list_append(_hatidata_snowflake.entries(x), {'k': key, 'v': to_json(v)})) END,
    (x, key, v, update) AS CASE WHEN list_contains(json_keys(CAST(x AS JSON)), key) AND NOT update THEN CAST(error('Duplicate field key ''' || key || '''') AS JSON)
        WHEN v IS NULL THEN _hatidata_snowflake.object_delete(x, [key])
        ELSE _hatidata_snowflake.object_of_entries(list_append(list_filter(_hatidata_snowflake.entries(x), lambda p: p.k <> key), {'k': key, 'v': to_json(v)})) END;
CREATE MACRO flatten(input, at_path := NULL, is_outer := false, is_recursive := false, of_mode := 'BOTH') AS TABLE
    WITH source AS (SELECT CASE WHEN at_path IS NULL THEN CAST(input AS JSON) ELSE json_extract(CAST(input AS JSON), '$.' || at_path) END AS this),
    rows AS (
        SELECT 1 AS seq,
            CASE WHEN regexp_matches(e.fullkey, '\]$') THEN NULL ELSE e.key END AS key,
            coalesce(at_path, '') || CASE WHEN at_path IS NULL AND e.fullkey LIKE '$.%' THEN e.fullkey[3:] ELSE e.fullkey[2:] END AS path,
            CASE WHEN regexp_matches(e.fullkey, '\]$') THEN CAST(regexp_extract(e.fullkey, '\[(\d+)\]$', 1) AS BIGINT) END AS index,
            json_extract(source.this, e.fullkey) AS value,
            CASE WHEN e.path = '$' THEN source.this ELSE json_extract(source.this, e.path) END AS this
        FROM source, json_tree(source.this) AS e
        WHERE e.fullkey <> '$' AND (is_recursive OR e.path = '$')
            AND (upper(of_mode) = 'BOTH' OR (upper(of_mode) = 'ARRAY') = regexp_matches(e.fullkey, '\]$'))
    )
    SELECT * FROM rows
    UNION ALL
    SELECT 1, NULL, '', NULL, NULL, source.this FROM source WHERE is_outer AND NOT EXISTS (FROM rows);

-- Dates and times

CREATE MACRO part_interval(part, n) AS CASE part
    WHEN 'year' THEN to_years(CAST(n AS INTEGER)) WHEN 'quarter' THEN to_months(3 * CAST(n AS INTEGER)) WHEN 'month' THEN to_months(CAST(n AS INTEGER))
    WHEN 'week' THEN to_days(7 * CAST(n AS INTEGER)) WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'hour' THEN to_hours(CAST(n AS BIGINT))
    WHEN 'minute' THEN to_minutes(CAST(n AS BIGINT)) WHEN 'second' THEN to_seconds(CAST(n AS BIGINT)) WHEN 'millisecond' THEN to_milliseconds(CAST(n AS BIGINT))
    WHEN 'microsecond' THEN to_microseconds(CAST(n AS BIGINT)) WHEN 'nanosecond' THEN to_microseconds(CAST(n AS BIGINT) // 1000)
    ELSE CAST(error('''' || part || ''' is not a valid date/time component') AS INTERVAL) END;
CREATE MACRO dateadd(part, n, d) AS hatidata_like(hatidata_moment(d) + _hatidata_snowflake.part_interval(part, n), hatidata_moment(d));
CREATE MACRO dateadd_time(part, n, d) AS hatidata_moment(d) + _hatidata_snowflake.part_interval(part, n);
CREATE MACRO date_plus(d, i) AS hatidata_like(hatidata_moment(d) + i, hatidata_moment(d));
CREATE MACRO datediff(part, a, b) AS CASE part
    WHEN 'week' THEN date_diff('day', date_trunc('week', CAST(hatidata_moment(a) AS TIMESTAMP)), date_trunc('week', CAST(hatidata_moment(b) AS TIMESTAMP))) // 7
    WHEN 'nanosecond' THEN date_diff('microsecond', CAST(hatidata_moment(a) AS TIMESTAMP), CAST(hatidata_moment(b) AS TIMESTAMP)) * 1000
    ELSE date_diff(part, CAST(hatidata_moment(a) AS TIMESTAMP), CAST(hatidata_moment(b) AS TIMESTAMP)) END;
CREATE MACRO date_part(part, d) AS CASE part
        WHEN 'second' THEN second(CAST(hatidata_moment(d) AS TIMESTAMP)) WHEN 'nanosecond' THEN (microsecond(CAST(hatidata_moment(d) AS TIMESTAMP)) % 1000000) * 1000
        WHEN 'epoch_second' THEN epoch_us(CAST(hatidata_moment(d) AS TIMESTAMP)) // 1000000 WHEN 'epoch_millisecond' THEN epoch_us(CAST(hatidata_moment(d) AS TIMESTAMP)) // 1000
        WHEN 'epoch_microsecond' THEN epoch_us(CAST(hatidata_moment(d) AS TIMESTAMP)) WHEN 'epoch_nanosecond' THEN epoch_us(CAST(hatidata_moment(d) AS TIMESTAMP)) * 1000
        WHEN 'year' THEN year(CAST(hatidata_moment(d) AS TIMESTAMP)) WHEN 'quarter' THEN quarter(CAST(hatidata_moment(d) AS TIMESTAMP)) WHEN 'month' THEN month(CAST(hatidata_moment(d) AS TIMESTAMP))
        WHEN 'day' THEN day(CAST(hatidata_moment(d) AS TIMESTAMP)) WHEN 'hour' THEN hour(CAST(hatidata_moment(d) AS TIMESTAMP)) WHEN 'minute' THEN minute(CAST(hatidata_moment(d) AS TIMESTAMP))
        WHEN 'dayofweek' THEN dayofweek(CAST(hatidata_moment(d) AS TIMESTAMP)) WHEN 'isodow' THEN isodow(CAST(hatidata_moment(d) AS TIMESTAMP)) WHEN 'dayofyear' THEN dayofyear(CAST(hatidata_moment(d) AS TIMESTAMP))
        WHEN 'week' THEN week(CAST(hatidata_moment(d) AS TIMESTAMP)) WHEN 'isoyear' THEN isoyear(CAST(hatidata_moment(d) AS TIMESTAMP))
        ELSE CAST(error('''' || part || ''' is not a valid date/time component') AS BIGINT) END;
CREATE MACRO date_trunc_of(d, part) AS hatidata_like(date_trunc(part, hatidata_moment(d)), hatidata_moment(d));
CREATE MACRO date_trunc(part, d) AS hatidata_like(date_trunc(part, hatidata_moment(d)), hatidata_moment(d));
CREATE MACRO last_day
    (d) AS last_day(CAST(d AS DATE)),
    (d, part) AS CAST(date_trunc(part, CAST(d AS DATE)) + _hatidata_snowflake.part_interval(part, 1) AS DATE) - 1;
CREATE MACRO weekday_number(name) AS CASE lower(name[:2]) WHEN 'su' THEN 0 WHEN 'mo' THEN 1 WHEN 'tu' THEN 2 WHEN 'we' THEN 3 WHEN 'th' THEN 4 WHEN 'fr' THEN 5 WHEN 'sa' THEN 6
    ELSE CAST(error('''' || name || ''' is not a day of the week') AS INTEGER) END;
CREATE MACRO next_day(d, name) AS CAST(d AS DATE) + CAST(((_hatidata_snowflake.weekday_number(name) - dayofweek(CAST(d AS DATE)) + 6) % 7 + 1) AS INTEGER);
CREATE MACRO previous_day(d, name) AS CAST(d AS DATE) - CAST(((dayofweek(CAST(d AS DATE)) - _hatidata_snowflake.weekday_number(name) + 6) % 7 + 1) AS INTEGER);
CREATE MACRO add_months(d, n) AS hatidata_like(CASE WHEN CAST(hatidata_moment(d) AS DATE) = last_day(CAST(hatidata_moment(d) AS DATE))
    THEN last_day(CAST(hatidata_moment(d) + to_months(CAST(n AS INTEGER)) AS DATE)) + (hatidata_moment(d) - CAST(CAST(hatidata_moment(d) AS DATE) AS TIMESTAMP))
    ELSE hatidata_moment(d) + to_months(CAST(n AS INTEGER)) END, hatidata_moment(d));
CREATE MACRO months_between(a, b) AS CASE
    WHEN day(CAST(a AS TIMESTAMP)) = day(CAST(b AS TIMESTAMP)) OR (CAST(a AS DATE) = last_day(CAST(a AS DATE)) AND CAST(b AS DATE) = last_day(CAST(b AS DATE)))
    THEN CAST(date_diff('month', CAST(b AS TIMESTAMP), CAST(a AS TIMESTAMP)) AS DECIMAL(38, 6))
    ELSE CAST((year(CAST(a AS TIMESTAMP)) - year(CAST(b AS TIMESTAMP))) * 12 + month(CAST(a AS TIMESTAMP)) - month(CAST(b AS TIMESTAMP))
        + (day(CAST(a AS TIMESTAMP)) - day(CAST(b AS TIMESTAMP))
            + (epoch(CAST(CAST(a AS TIMESTAMP) AS TIME)) - epoch(CAST(CAST(b AS TIMESTAMP) AS TIME))) / 86400) / 31.0 AS DECIMAL(38, 6)) END;
CREATE MACRO dayname(d) AS strftime(CAST(d AS TIMESTAMP), '%a');
CREATE MACRO monthname(d) AS strftime(CAST(d AS TIMESTAMP), '%b');
CREATE MACRO dayofweekiso(d) AS isodow(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO weekiso(d) AS week(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO yearofweek(d) AS isoyear(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO yearofweekiso(d) AS isoyear(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO dayofmonth(d) AS day(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO year(d) AS year(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO quarter(d) AS quarter(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO month(d) AS month(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO week(d) AS week(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO day(d) AS day(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO dayofweek(d) AS dayofweek(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO dayofyear(d) AS dayofyear(CAST(hatidata_moment(d) AS TIMESTAMP));
CREATE MACRO hour(d) AS hour(hatidata_moment(d));
CREATE MACRO minute(d) AS minute(hatidata_moment(d));
CREATE MACRO second(d) AS second(hatidata_moment(d));
CREATE MACRO date_from_parts(y, m, d) AS CAST(make_date(CAST(y AS INTEGER), 1, 1) + to_months(CAST(m AS INTEGER) - 1) AS DATE) + (CAST(d AS INTEGER) - 1);
CREATE MACRO time_from_parts
    (h, m, s) AS CAST(TIMESTAMP '1970-01-01' + to_seconds(CAST(h * 3600 + m * 60 + s AS BIGINT)) AS TIME),
    (h, m, s, ns) AS CAST(TIMESTAMP '1970-01-01' + to_microseconds(CAST(h * 3600 + m * 60 + s AS BIGINT) * 1000000 + ns // 1000) AS TIME);
CREATE MACRO timestamp_from_parts
    (y, mo, d, h, mi, s) AS CAST(_hatidata_snowflake.date_from_parts(y, mo, d) AS TIMESTAMP) + to_seconds(CAST(h * 3600 + mi * 60 + s AS BIGINT)),
    (y, mo, d, h, mi, s, ns) AS CAST(_hatidata_snowflake.date_from_parts(y, mo, d) AS TIMESTAMP) + to_microseconds(CAST(h * 3600 + mi * 60 + s AS BIGINT) * 1000000 + ns // 1000),
    (d, t) AS CAST(d AS DATE) + CAST(t AS TIME);
CREATE MACRO time_slice
    (d, n, part) AS hatidata_like(time_bucket(_hatidata_snowflake.part_interval(part, n), CAST(hatidata_moment(d) AS TIMESTAMP), CASE WHEN part = 'week' THEN TIMESTAMP '1970-01-05' ELSE TIMESTAMP '1970-01-01' END), hatidata_moment(d)),
    (d, n, part, side) AS hatidata_like(time_bucket(_hatidata_snowflake.part_interval(part, n), CAST(hatidata_moment(d) AS TIMESTAMP), CASE WHEN part = 'week' THEN TIMESTAMP '1970-01-05' ELSE TIMESTAMP '1970-01-01' END)
        + CASE WHEN upper(side) = 'END' THEN _hatidata_snowflake.part_interval(part, n) ELSE INTERVAL 0 DAY END, hatidata_moment(d));
CREATE MACRO current_timestamp() AS now();
CREATE MACRO localtimestamp() AS now();
CREATE MACRO getdate() AS now();
CREATE MACRO systimestamp() AS now();
CREATE MACRO sysdate() AS CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP);
CREATE MACRO current_date() AS CAST(now() AS DATE);
CREATE MACRO current_time() AS CAST(CAST(now() AS TIMESTAMP) AS TIME);
CREATE MACRO localtime() AS CAST(CAST(now() AS TIMESTAMP) AS TIME);
CREATE MACRO convert_timezone
    (target, t) AS CAST(t AS TIMESTAMPTZ) AT TIME ZONE target,
    (origin, target, t) AS (CAST(t AS TIMESTAMP) AT TIME ZONE origin) AT TIME ZONE target;

-- Text

CREATE MACRO concat(list) AS CASE WHEN len(list_filter(list, lambda x: x IS NULL)) = 0 THEN array_to_string(list, '') END;
CREATE MACRO concat_ws(separator, list) AS CASE WHEN len(list_filter(list, lambda x: x IS NULL)) = 0 THEN array_to_string(list, separator) END;
CREATE MACRO charindex
    (needle, text) AS CAST(instr(text, needle) AS BIGINT),
    (needle, text, start) AS CASE WHEN instr(substr(text, start), needle) = 0 THEN 0 ELSE instr(substr(text, start), needle) + start - 1 END;
CREATE MACRO startswith(a, b) AS starts_with(a, b);
CREATE MACRO endswith(a, b) AS ends_with(a, b);
CREATE MACRO contains(a, b) AS contains(CAST(a AS VARCHAR), CAST(b AS VARCHAR));
CREATE MACRO insert(base, start, width, part) AS CASE WHEN base IS NULL OR start IS NULL OR width IS NULL OR part IS NULL THEN NULL
    ELSE substr(base, 1, start - 1) || part || substr(base, start + width) END;
CREATE MACRO capitalized(text, delimiters) AS array_to_string(list_transform(string_split(text, ''),
    lambda c, i: CASE WHEN i = 1 OR contains(delimiters, text[i - 1]) THEN upper(c) ELSE lower(c) END), '');
CREATE MACRO initcap
    (text) AS _hatidata_snowflake.capitalized(text, E' \t\n\r\f!?@"^#$&~_,.:;+-*%/|\\[](){}<>'),
    (text, delimiters) AS _hatidata_snowflake.capitalized(text, delimiters);
CREATE MACRO space(n) AS repeat(' ', n);
CREATE MACRO char(n) AS chr(CAST(n AS INTEGER));
CREATE MACRO len(text) AS length(CAST(text AS VARCHAR));
CREATE MACRO length(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(CAST(CAST(x AS VARCHAR) AS BLOB)) ELSE length(CAST(x AS VARCHAR)) END;
CREATE MACRO octet_length(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(CAST(CAST(x AS VARCHAR) AS BLOB)) ELSE strlen(CAST(x AS VARCHAR)) END;
CREATE MACRO split(text, separator) AS to_json(string_split(text, separator));
CREATE MACRO split_part(text, separator, n) AS CASE WHEN text IS NULL OR separator IS NULL OR n IS NULL THEN NULL
    ELSE coalesce(CASE WHEN separator = '' THEN [text] ELSE string_split(text, separator) END[CASE WHEN n = 0 THEN 1 ELSE n END], '') END;
CREATE MACRO strtok
    (text) AS list_filter(string_split_regex(text, '[ ]'), lambda x: x <> '')[1],
    (text, delimiters) AS list_filter(string_split(translate(text, delimiters, repeat(delimiters[1], length(delimiters))), delimiters[1]), lambda x: x <> '')[1],
    (text, delimiters, n) AS list_filter(string_split(translate(text, delimiters, repeat(delimiters[1], length(delimiters))), delimiters[1]), lambda x: x <> '')[n];
CREATE MACRO strtok_to_array
    (text) AS to_json(list_filter(string_split_regex(text, '[ ]'), lambda x: x <> '')),
    (text, delimiters) AS to_json(list_filter(string_split(translate(text, delimiters, repeat(delimiters[1], length(delimiters))), delimiters[1]), lambda x: x <> ''));
CREATE MACRO replace
    (text, a) AS replace(text, a, ''),
    (text, a, b) AS replace(text, a, b);
CREATE MACRO lpad
    (text, n) AS lpad(text, n, ' '),
    (text, n, pad) AS lpad(text, n, pad);
CREATE MACRO rpad
    (text, n) AS rpad(text, n, ' '),
    (text, n, pad) AS rpad(text, n, pad);
CREATE MACRO left(text, n) AS left(CAST(text AS VARCHAR), greatest(n, 0));
CREATE MACRO right(text, n) AS right(CAST(text AS VARCHAR), greatest(n, 0));
CREATE MACRO substr
    (text, a) AS CASE WHEN a < -length(CAST(text AS VARCHAR)) THEN '' ELSE substring(CAST(text AS VARCHAR), CASE WHEN a = 0 THEN 1 ELSE a END) END,
    (text, a, n) AS CASE WHEN a < -length(CAST(text AS VARCHAR)) THEN '' ELSE substring(CAST(text AS VARCHAR), CASE WHEN a = 0 THEN 1 ELSE a END, greatest(n, 0)) END;
CREATE MACRO substring
    (text, a) AS _hatidata_snowflake.substr(text, a),
    (text, a, n) AS _hatidata_snowflake.substr(text, a, n);
CREATE MACRO editdistance
    (a, b) AS levenshtein(a, b),
    (a, b, most) AS least(levenshtein(a, b), most);
CREATE MACRO jarowinkler_similarity(a, b) AS CAST(floor(jaro_winkler_similarity(lower(a), lower(b)) * 100) AS BIGINT);
CREATE MACRO pattern_with(pattern, flags) AS CASE WHEN regexp_matches(flags, '[ims]') THEN '(?' || regexp_replace(flags, '[^ims]', '', 'g') || ')' || pattern ELSE pattern END;
CREATE MACRO before_match(text, pattern, n) AS array_to_string(list_transform(range(1, n), lambda i: string_split_regex(text, pattern)[i] || regexp_extract_all(text, pattern)[i]), '')
    || string_split_regex(text, pattern)[n];
CREATE MACRO rlike
    (text, pattern) AS regexp_full_match(text, pattern),
    (text, pattern, flags) AS regexp_full_match(text, _hatidata_snowflake.pattern_with(pattern, flags));
CREATE MACRO regexp_like
    (text, pattern) AS regexp_full_match(text, pattern),
    (text, pattern, flags) AS regexp_full_match(text, _hatidata_snowflake.pattern_with(pattern, flags));
CREATE MACRO replace_match(text, pattern, part, n) AS CASE
    WHEN n = 0 THEN regexp_replace(text, pattern, part, 'g')
    WHEN len(regexp_extract_all(text, pattern)) < n THEN text
    ELSE _hatidata_snowflake.before_match(text, pattern, n) || regexp_replace(regexp_extract_all(text, pattern)[n], pattern, part)
        || substr(text, length(_hatidata_snowflake.before_match(text, pattern, n)) + length(regexp_extract_all(text, pattern)[n]) + 1) END;
CREATE MACRO regexp_replace
    (text, pattern) AS regexp_replace(text, pattern, '', 'g'),
    (text, pattern, part) AS regexp_replace(text, pattern, part, 'g'),
    (text, pattern, part, start) AS substr(text, 1, start - 1) || regexp_replace(substr(text, start), pattern, part, 'g'),
    (text, pattern, part, start, n) AS substr(text, 1, start - 1) || _hatidata_snowflake.replace_match(substr(text, start), pattern, part, n),
    (text, pattern, part, start, n, flags) AS substr(text, 1, start - 1) || _hatidata_snowflake.replace_match(substr(text, start), _hatidata_snowflake.pattern_with(pattern, flags), part, n);
CREATE MACRO regexp_substr
    (text, pattern) AS regexp_extract_all(text, pattern)[1],
    (text, pattern, start) AS regexp_extract_all(substr(text, start), pattern)[1],
    (text, pattern, start, n) AS regexp_extract_all(substr(text, start), pattern)[n],
    (text, pattern, start, n, flags) AS regexp_extract_all(substr(text, start), _hatidata_snowflake.pattern_with(pattern, flags), CASE WHEN contains(flags, 'e') THEN 1 ELSE 0 END)[n],
    (text, pattern, start, n, flags, part) AS regexp_extract_all(substr(text, start), _hatidata_snowflake.pattern_with(pattern, flags), part)[n];
CREATE MACRO regexp_substr_all
    (text, pattern) AS to_json(regexp_extract_all(text, pattern)),
    (text, pattern, start) AS to_json(regexp_extract_all(substr(text, start), pattern)),
    (text, pattern, start, n) AS to_json(regexp_extract_all(substr(text, start), pattern)[n:]),
    (text, pattern, start, n, flags) AS to_json(regexp_extract_all(substr(text, start), _hatidata_snowflake.pattern_with(pattern, flags), CASE WHEN contains(flags, 'e') THEN 1 ELSE 0 END)[n:]);
CREATE MACRO match_position(text, pattern, n) AS CASE WHEN len(regexp_extract_all(text, pattern)) < n THEN 0 ELSE length(_hatidata_snowflake.before_match(text, pattern, n)) + 1 END;
CREATE MACRO regexp_instr
    (text, pattern) AS _hatidata_snowflake.match_position(text, pattern, 1),
    (text, pattern, start) AS CASE WHEN _hatidata_snowflake.match_position(substr(text, start), pattern, 1) = 0 THEN 0 ELSE _hatidata_snowflake.match_position(substr(text, start), pattern, 1) + start - 1 END,
    (text, pattern, start, n) AS CASE WHEN _hatidata_snowflake.match_position(substr(text, start), pattern, n) = 0 THEN 0 ELSE _hatidata_snowflake.match_position(substr(text, start), pattern, n) + start - 1 END;
CREATE MACRO regexp_count
    (text, pattern) AS len(regexp_extract_all(text, pattern)),
    (text, pattern, start) AS len(regexp_extract_all(substr(text, start), pattern)),
    (text, pattern, start, flags) AS len(regexp_extract_all(substr(text, start), _hatidata_snowflake.pattern_with(pattern, flags)));
CREATE MACRO like_any(text, patterns) AS len(list_filter(patterns, lambda p: text LIKE p)) > 0;
CREATE MACRO like_all(text, patterns) AS len(list_filter(patterns, lambda p: NOT (text LIKE p))) = 0;
CREATE MACRO ilike_any(text, patterns) AS len(list_filter(patterns, lambda p: text ILIKE p)) > 0;
CREATE MACRO ilike_all(text, patterns) AS len(list_filter(patterns, lambda p: NOT (text ILIKE p))) = 0;
CREATE MACRO sha2
    (text) AS sha256(text),
    (text, bits) AS CASE WHEN bits IN (0, 256) THEN sha256(text) ELSE error('[0A000] SHA2 with ' || bits || ' bits is not offered, only 256') END;
CREATE MACRO sha2_hex
    (text) AS sha256(text),
    (text, bits) AS _hatidata_snowflake.sha2(text, bits);
CREATE MACRO sha1_hex(text) AS sha1(text);
CREATE MACRO md5_hex(text) AS md5(text);
CREATE MACRO uuid_string() AS CAST(uuid() AS VARCHAR);

-- Numbers

CREATE MACRO square(x) AS x * x;
CREATE MACRO log(base, x) AS CASE base WHEN 10 THEN log10(x) WHEN 2 THEN log2(x) ELSE ln(x) / ln(base) END;
CREATE MACRO trunc
    (x) AS trunc(x),
    (x, n) AS trunc(x, n);
CREATE MACRO truncate
    (x) AS trunc(x),
    (x, n) AS trunc(x, n);
CREATE MACRO round_by(x, n, mode) AS CASE upper(mode) WHEN 'HALF_TO_EVEN' THEN round_even(x, n) ELSE round(x, n) END;
CREATE MACRO ceil
    (x) AS ceil(x),
    (x, n) AS ceil(x * pow(10, n)) / pow(10, n);
CREATE MACRO floor
    (x) AS floor(x),
    (x, n) AS floor(x * pow(10, n)) / pow(10, n);
CREATE MACRO mod(a, b) AS a % _hatidata_snowflake.divisor(b);
CREATE MACRO bitand(a, b) AS a & b;
CREATE MACRO bitor(a, b) AS a | b;
CREATE MACRO bitxor(a, b) AS xor(CAST(a AS BIGINT), CAST(b AS BIGINT));
CREATE MACRO bitnot(a) AS ~a;
CREATE MACRO bitshiftleft(a, n) AS CAST(a AS BIGINT) << n;
CREATE MACRO bitshiftright(a, n) AS CAST(a AS BIGINT) >> n;
CREATE MACRO getbit(a, n) AS (CAST(a AS BIGINT) >> n) & 1;
CREATE MACRO random() AS CAST((random() - 0.5) * 18446744073709549568 AS BIGINT);
CREATE MACRO uniform(low, high, source) AS low + CAST(hash(source) % CAST(high - low + 1 AS UBIGINT) AS BIGINT);
CREATE MACRO width_bucket(x, low, high, n) AS CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE CAST(floor((x - low) * n / (high - low)) + 1 AS BIGINT) END;
CREATE MACRO haversine(a, b, c, d) AS 2 * 6371 * asin(sqrt(pow(sin(radians(c - a) / 2), 2) + cos(radians(a)) * cos(radians(c)) * pow(sin(radians(d - b) / 2), 2)));

-- Catalog

CREATE MACRO type_name(duckdb) AS CASE
    WHEN duckdb LIKE 'DECIMAL%' THEN replace(duckdb, 'DECIMAL', 'NUMBER')
    WHEN duckdb IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT') THEN 'NUMBER(38,0)'
    WHEN duckdb IN ('FLOAT', 'DOUBLE') THEN 'FLOAT' WHEN duckdb = 'JSON' THEN 'VARIANT' WHEN duckdb = 'BLOB' THEN 'BINARY'
    WHEN duckdb = 'TIMESTAMP' THEN 'TIMESTAMP_NTZ' WHEN duckdb = 'TIMESTAMP WITH TIME ZONE' THEN 'TIMESTAMP_TZ'
    ELSE duckdb END;
