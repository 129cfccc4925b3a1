-- PostgreSQL's functions as macros over DuckDB's. Results are those of PostgreSQL 15.
-- Each definition starts a line with CREATE MACRO: the names on those lines are the functions that the
-- translation sends here; those that begin with _ stand for operators and syntax.
-- DuckDB chooses between typed macros before it knows the types of aggregates, so nothing here is typed: what
-- depends on a type asks typeof().

-- Operators and syntax

CREATE MACRO _nonzero(x) AS CASE WHEN x = 0 THEN error('[22012] division by zero') ELSE x END;
CREATE MACRO _anywhere(pattern) AS '(?s).*(?:' || pattern || ').*';
CREATE MACRO _anywhere_in_any_case(pattern) AS '(?is).*(?:' || pattern || ').*';
CREATE MACRO _similar(pattern) AS '(?s)' || replace(replace(replace(replace(replace(pattern, '.', '\.'), '^', '\^'), '$', '\$'), '%', '.*'), '_', '.');
CREATE MACRO _like_any(x, patterns) AS list_bool_or(list_transform(patterns, lambda p: x LIKE p ESCAPE '\'));
CREATE MACRO _like_all(x, patterns) AS list_bool_and(list_transform(patterns, lambda p: x LIKE p ESCAPE '\'));
CREATE MACRO _ilike_any(x, patterns) AS list_bool_or(list_transform(patterns, lambda p: x ILIKE p ESCAPE '\'));
CREATE MACRO _ilike_all(x, patterns) AS list_bool_and(list_transform(patterns, lambda p: x ILIKE p ESCAPE '\'));
CREATE MACRO _spans_overlap(a, b, c, d) AS CASE
    WHEN least(a, b) = least(c, d) THEN true
    ELSE least(a, b) < greatest(c, d) AND least(c, d) < greatest(a, b) END;
CREATE MACRO overlaps(a, b, c, d) AS _hatidata_postgres._spans_overlap(
    CAST(a AS TIMESTAMP), CASE WHEN typeof(b) = 'INTERVAL' THEN CAST(a AS TIMESTAMP) + TRY_CAST(CAST(b AS VARCHAR) AS INTERVAL) ELSE TRY_CAST(CAST(b AS VARCHAR) AS TIMESTAMP) END,
    CAST(c AS TIMESTAMP), CASE WHEN typeof(d) = 'INTERVAL' THEN CAST(c AS TIMESTAMP) + TRY_CAST(CAST(d AS VARCHAR) AS INTERVAL) ELSE TRY_CAST(CAST(d AS VARCHAR) AS TIMESTAMP) END);
CREATE MACRO _text_of(x) AS CASE
    WHEN typeof(x) IN ('DOUBLE', 'FLOAT', 'INTERVAL', 'BLOB') OR typeof(x) LIKE '%]' THEN hatidata_postgres_text(typeof(x), CAST(x AS VARCHAR))
    ELSE CAST(x AS VARCHAR) END;

-- Numbers

CREATE MACRO mod(a, b) AS a % _hatidata_postgres._nonzero(b);
CREATE MACRO div(a, b) AS CAST(trunc(a / _hatidata_postgres._nonzero(b)) AS DECIMAL(38, 0));
CREATE MACRO sign(x) AS CAST(main.sign(x) AS DOUBLE);
CREATE MACRO round
    (x) AS CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN round_even(x, 0) ELSE main.round(x) END,
    (x, digits) AS main.round(x, digits);
CREATE MACRO sind(x) AS main.round(sin(radians(x)), 15);
CREATE MACRO cosd(x) AS main.round(cos(radians(x)), 15);
CREATE MACRO tand(x) AS main.round(tan(radians(x)), 15);
CREATE MACRO to_hex(x) AS CASE WHEN x < 0 AND typeof(x) = 'INTEGER' THEN lower(main.to_hex(x + 4294967296)) ELSE lower(main.to_hex(x)) END;
CREATE MACRO width_bucket(x, low, high, buckets) AS CAST(CASE
    WHEN x < low THEN 0
    WHEN x >= high THEN buckets + 1
    ELSE floor((CAST(x AS DOUBLE) - low) / (CAST(high AS DOUBLE) - low) * buckets) + 1 END AS INTEGER);
CREATE MACRO trim_scale(x) AS x;
CREATE MACRO scale(x) AS CAST(length(coalesce(nullif(split_part(CAST(x AS VARCHAR), '.', 2), ''), '')) AS INTEGER);
CREATE MACRO min_scale(x) AS CAST(length(rtrim(split_part(CAST(x AS VARCHAR), '.', 2), '0')) AS INTEGER);
CREATE MACRO gcd(a, b) AS CAST(main.gcd(a, b) AS INTEGER);
CREATE MACRO lcm(a, b) AS CAST(main.lcm(a, b) AS INTEGER);

-- Text

CREATE MACRO substr
    (x, start) AS main.substr(x, greatest(start, 1)),
    (x, start, n) AS CASE WHEN n < 0 THEN error('[22011] negative substring length not allowed') ELSE main.substr(x, greatest(start, 1), greatest(n + least(start - 1, 0), 0)) END;
CREATE MACRO substring
    (x, start) AS main.substr(x, greatest(start, 1)),
    (x, start, n) AS CASE WHEN n < 0 THEN error('[22011] negative substring length not allowed') ELSE main.substr(x, greatest(start, 1), greatest(n + least(start - 1, 0), 0)) END;
CREATE MACRO _output(x) AS CASE WHEN typeof(x) = 'BOOLEAN' THEN main.left(CAST(x AS VARCHAR), 1) ELSE _hatidata_postgres._text_of(x) END;
CREATE MACRO lpad
    (x, n) AS main.lpad(x, n, ' '),
    (x, n, filler) AS CASE WHEN filler = '' THEN main.left(x, n) ELSE main.lpad(x, n, filler) END;
CREATE MACRO rpad
    (x, n) AS main.rpad(x, n, ' '),
    (x, n, filler) AS CASE WHEN filler = '' THEN main.left(x, n) ELSE main.rpad(x, n, filler) END;
CREATE MACRO length(x) AS CAST(CASE WHEN typeof(x) = 'BLOB' THEN main.octet_length(CAST(x AS BLOB)) ELSE main.length(CAST(x AS VARCHAR)) END AS INTEGER);
CREATE MACRO char_length(x) AS CAST(main.length(x) AS INTEGER);
CREATE MACRO character_length(x) AS CAST(main.length(x) AS INTEGER);
CREATE MACRO octet_length(x) AS CAST(main.octet_length(CASE WHEN typeof(x) = 'BLOB' THEN CAST(x AS BLOB) ELSE encode(CAST(x AS VARCHAR)) END) AS INTEGER);
CREATE MACRO bit_length(x) AS CAST(8 * _hatidata_postgres.octet_length(x) AS INTEGER);
CREATE MACRO strpos(x, part) AS CAST(main.strpos(x, part) AS INTEGER);
CREATE MACRO left(x, n) AS main.left(x, n);
CREATE MACRO split_part(x, separator, n) AS CASE
    WHEN n = 0 THEN error('[22023] field position must not be zero')
    WHEN separator = '' THEN CASE WHEN n IN (1, -1) THEN x ELSE '' END
    ELSE main.split_part(x, separator, n) END;
CREATE MACRO _substring_match(x, pattern) AS CASE WHEN regexp_matches(x, pattern) THEN
    CASE WHEN regexp_matches(pattern, '(^|[^\\])\((?:[^?]|$)') THEN regexp_extract(x, pattern, 1) ELSE regexp_extract(x, pattern) END END;
CREATE MACRO overlay
    (x, part, start) AS main.left(x, start - 1) || part || substr(x, start + main.length(part)),
    (x, part, start, n) AS main.left(x, start - 1) || part || substr(x, start + n);
CREATE MACRO initcap(text) AS CASE WHEN text IS NULL THEN NULL ELSE array_to_string(list_transform(regexp_extract_all(text, '[[:alnum:]]+|[^[:alnum:]]+'),
    lambda w: upper(w[1]) || lower(w[2:])), '') END;
CREATE MACRO btrim
    (x) AS trim(x, ' '),
    (x, characters) AS trim(x, characters);
CREATE MACRO quote_ident(x) AS CASE WHEN regexp_full_match(x, '[a-z_][a-z0-9_$]*') AND x NOT IN (SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved')
    THEN x ELSE '"' || replace(x, '"', '""') || '"' END;
CREATE MACRO quote_literal(x) AS CASE WHEN contains(CAST(x AS VARCHAR), '\') THEN 'E' ELSE '' END || '''' || replace(replace(CAST(x AS VARCHAR), '''', ''''''), '\', '\\') || '''';
CREATE MACRO quote_nullable(x) AS coalesce(_hatidata_postgres.quote_literal(x), 'NULL');
CREATE MACRO _format_only(pattern) AS hatidata_postgres_format(pattern, '[]');
CREATE MACRO format
    (pattern) AS hatidata_postgres_format(pattern, '[]'),
    (pattern, a) AS hatidata_postgres_format(pattern, CAST(json_array(_hatidata_postgres._output(a)) AS VARCHAR)),
    (pattern, a, b) AS hatidata_postgres_format(pattern, CAST(json_array(_hatidata_postgres._output(a), _hatidata_postgres._output(b)) AS VARCHAR)),
    (pattern, a, b, c) AS hatidata_postgres_format(pattern, CAST(json_array(_hatidata_postgres._output(a), _hatidata_postgres._output(b), _hatidata_postgres._output(c)) AS VARCHAR)),
    (pattern, a, b, c, d) AS hatidata_postgres_format(pattern, CAST(json_array(_hatidata_postgres._output(a), _hatidata_postgres._output(b), _hatidata_postgres._output(c), _hatidata_postgres._output(d)) AS VARCHAR));
CREATE MACRO regexp_replace
    (x, pattern, replacement) AS main.regexp_replace(x, pattern, replace(replacement, '\&', '\0')),
    (x, pattern, replacement, flags) AS CASE
        WHEN contains(flags, 'g') THEN main.regexp_replace(x, '(?s' || replace(flags, 'g', '') || ')' || pattern, replace(replacement, '\&', '\0'), 'g')
        ELSE main.regexp_replace(x, '(?s' || flags || ')' || pattern, replace(replacement, '\&', '\0')) END;
CREATE MACRO _count_groups(pattern) AS main.length(regexp_replace(replace(replace(pattern, '\\', ''), '\(', ''), '\((\?[^P<])|[^(]', '', 'g'));
CREATE MACRO _groups(x, pattern) AS CASE WHEN regexp_matches(pattern, '(^|[^\\])\((?:[^?]|$)')
    THEN list_transform(range(1, 1 + _hatidata_postgres._count_groups(pattern)), lambda i: (regexp_extract_all(x, pattern, CAST(i AS INTEGER)))[1])
    ELSE [regexp_extract(x, pattern)] END;
CREATE MACRO regexp_match
    (x, pattern) AS CASE WHEN regexp_matches(x, pattern) THEN _hatidata_postgres._groups(x, pattern) END,
    (x, pattern, flags) AS CASE WHEN regexp_matches(x, '(?' || flags || ')' || pattern) THEN _hatidata_postgres._groups(x, '(?' || flags || ')' || pattern) END;
CREATE MACRO regexp_like
    (x, pattern) AS main.regexp_matches(x, pattern),
    (x, pattern, flags) AS main.regexp_matches(x, '(?' || flags || ')' || pattern);
CREATE MACRO regexp_count(x, pattern) AS CAST(len(regexp_extract_all(x, pattern)) AS INTEGER);
CREATE MACRO regexp_substr(x, pattern) AS CASE WHEN main.regexp_matches(x, pattern) THEN regexp_extract(x, pattern) END;
CREATE MACRO regexp_instr(x, pattern) AS CASE WHEN main.regexp_matches(x, pattern) THEN CAST(main.strpos(x, regexp_extract(x, pattern)) AS INTEGER) ELSE 0 END;
CREATE MACRO regexp_split_to_table(x, pattern) AS unnest(regexp_split_to_array(x, pattern));
CREATE MACRO string_to_array
    (x, separator) AS CASE WHEN x = '' THEN CAST([] AS VARCHAR[]) WHEN x IS NULL THEN NULL WHEN separator IS NULL THEN regexp_extract_all(x, '(?s).') ELSE string_split(x, separator) END,
    (x, separator, nothing) AS CASE WHEN x = '' THEN CAST([] AS VARCHAR[]) WHEN x IS NULL THEN NULL ELSE list_transform(string_split(x, separator), lambda e: nullif(e, nothing)) END;
CREATE MACRO string_to_table(x, separator) AS unnest(_hatidata_postgres.string_to_array(x, separator));
CREATE MACRO array_to_string
    (list, separator) AS main.array_to_string(list_transform(list_filter(list, lambda e: e IS NOT NULL), lambda e: _hatidata_postgres._text_of(e)), separator),
    (list, separator, nothing) AS main.array_to_string(list_transform(list, lambda e: coalesce(_hatidata_postgres._text_of(e), nothing)), separator);
CREATE MACRO encode
    (x) AS main.encode(x),
    (x, form) AS hatidata_postgres_encode(CASE WHEN starts_with(CAST(x AS VARCHAR), '\x') AND typeof(x) = 'VARCHAR' THEN main.substr(CAST(x AS VARCHAR), 3) WHEN typeof(x) = 'VARCHAR' THEN hex(main.encode(CAST(x AS VARCHAR))) ELSE hex(CAST(x AS BLOB)) END, form);
CREATE MACRO decode
    (x) AS main.decode(x),
    (x, form) AS unhex(hatidata_postgres_decode(x, form));
CREATE MACRO convert_from(x, encoding) AS main.decode(x);
CREATE MACRO convert_to(x, encoding) AS main.encode(x);
CREATE MACRO get_byte(x, n) AS CAST(('0x' || substr(hex(x), 2 * n + 1, 2)) AS INTEGER);
CREATE MACRO sha256(x) AS unhex(main.sha256(x));
CREATE MACRO chr(n) AS CASE WHEN n = 0 THEN error('[54000] null character not permitted') ELSE main.chr(n) END;
CREATE MACRO to_number(x, format) AS CAST(hatidata_postgres_to_number(x, format) AS DECIMAL(38, 10));

-- Dates and times

CREATE MACRO _extract_field(field, x) AS CAST(main.date_part(field, x) AS DECIMAL(18, 0));
CREATE MACRO _extract_seconds(x) AS CAST(main.date_part('microsecond', x) AS DECIMAL(18, 0)) * 0.000001;
CREATE MACRO _extract_milliseconds(x) AS CAST(main.date_part('microsecond', x) AS DECIMAL(18, 0)) * 0.001;
CREATE MACRO _extract_epoch(x) AS CAST(epoch_us(x) AS DECIMAL(20, 0)) * 0.000001;
CREATE MACRO date_part(field, x) AS CASE
    WHEN lower(field) IN ('second', 'seconds', 'sec', 'secs') THEN main.date_part('microsecond', x) / 1000000.0::DOUBLE
    WHEN lower(field) IN ('millisecond', 'milliseconds', 'msec', 'ms') THEN main.date_part('microsecond', x) / 1000.0::DOUBLE
    ELSE CAST(main.date_part(lower(field), x) AS DOUBLE) END;
CREATE MACRO age
    (a) AS main.age(CAST(current_date AS TIMESTAMP), CAST(a AS TIMESTAMP)),
    (a, b) AS main.age(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP));
CREATE MACRO make_interval(years := 0, months := 0, weeks := 0, days := 0, hours := 0, mins := 0, secs := 0) AS
    to_months(CAST(years * 12 + months AS INTEGER)) + to_days(CAST(weeks * 7 + days AS INTEGER)) + to_microseconds(CAST((CAST(hours AS BIGINT) * 3600 + mins * 60) * 1000000 + CAST(secs AS DECIMAL(18, 6)) * 1000000 AS BIGINT));
CREATE MACRO make_timestamptz
    (y, m, d, h, mi, s) AS CAST(make_timestamp(y, m, d, h, mi, s) AS TIMESTAMPTZ),
    (y, m, d, h, mi, s, zone) AS timezone(zone, make_timestamp(y, m, d, h, mi, s));
CREATE MACRO justify_hours(x) AS CAST(hatidata_postgres_justify('hours', CAST(x AS VARCHAR)) AS INTERVAL);
CREATE MACRO justify_days(x) AS CAST(hatidata_postgres_justify('days', CAST(x AS VARCHAR)) AS INTERVAL);
CREATE MACRO justify_interval(x) AS CAST(hatidata_postgres_justify('interval', CAST(x AS VARCHAR)) AS INTERVAL);
CREATE MACRO to_char(x, format) AS hatidata_postgres_to_char(typeof(x), CAST(x AS VARCHAR), format);
CREATE MACRO to_date(x, format) AS CAST(hatidata_postgres_to_moment(x, format) AS DATE);
CREATE MACRO to_timestamp
    (x) AS main.to_timestamp(x),
    (x, format) AS CAST(hatidata_postgres_to_moment(x, format) AS TIMESTAMPTZ);
CREATE MACRO date_trunc
    (field, x) AS CASE WHEN lower(field) IN ('century', 'millennium') THEN main.date_trunc(field, x - INTERVAL 1 YEAR) + INTERVAL 1 YEAR ELSE main.date_trunc(field, x) END,
    (field, x, zone) AS timezone(zone, main.date_trunc(field, timezone(zone, x)));
CREATE MACRO date_bin(step, x, origin) AS time_bucket(CAST(step AS INTERVAL), x, origin);
CREATE MACRO clock_timestamp() AS now();
CREATE MACRO statement_timestamp() AS now();
CREATE MACRO transaction_timestamp() AS now();

-- Arrays

CREATE MACRO array_dims(list) AS CASE WHEN len(list) > 0 THEN '[1:' || len(list) || ']' END;
CREATE MACRO array_length(list, dimension) AS CAST(CASE dimension WHEN 1 THEN nullif(len(list), 0) WHEN 2 THEN len(TRY(json_extract(to_json(list), '$[0]')::JSON[])) END AS INTEGER);
CREATE MACRO cardinality(list) AS CAST(CASE WHEN typeof(list) LIKE '%][]' THEN len(flatten(CAST(to_json(list) AS JSON[][]))) ELSE len(list) END AS INTEGER);
CREATE MACRO array_ndims(list) AS CAST(nullif(main.length(typeof(list)) - main.length(replace(typeof(list), '[', '')), 0) AS INTEGER);
CREATE MACRO array_lower(list, dimension) AS CASE WHEN len(list) > 0 THEN 1 END;
CREATE MACRO array_upper(list, dimension) AS CAST(nullif(len(list), 0) AS INTEGER);
CREATE MACRO array_append(list, x) AS list_append(list, x);
CREATE MACRO array_prepend(x, list) AS list_prepend(x, list);
CREATE MACRO array_cat(a, b) AS list_concat(a, b);
CREATE MACRO array_remove(list, x) AS list_filter(list, lambda e: e IS DISTINCT FROM x);
CREATE MACRO array_replace(list, x, y) AS list_transform(list, lambda e: CASE WHEN e IS NOT DISTINCT FROM x THEN y ELSE e END);
CREATE MACRO array_position
    (list, x) AS CAST(nullif(list_position(list, x), 0) AS INTEGER),
    (list, x, first) AS CAST(nullif(list_position(list[first:], x), 0) + first - 1 AS INTEGER);
CREATE MACRO array_positions(list, x) AS list_transform(list_filter(list_zip(list, range(1, len(list) + 1)), lambda e: e[1] IS NOT DISTINCT FROM x), lambda e: CAST(e[2] AS INTEGER));
CREATE MACRO array_fill(x, dimensions) AS list_transform(range(dimensions[1]), lambda i: x);
CREATE MACRO trim_array(list, n) AS list[:len(list) - n];
CREATE MACRO num_nulls(list) AS CAST(len(list_filter(list, lambda e: e)) AS INTEGER);
CREATE MACRO num_nonnulls(list) AS CAST(len(list_filter(list, lambda e: NOT e)) AS INTEGER);

-- JSON

CREATE MACRO _jsonb(x) AS CAST(hatidata_postgres_jsonb(CAST(x AS VARCHAR)) AS JSON);
CREATE MACRO _json_items(j) AS CASE WHEN json_type(CAST(j AS JSON)) <> 'ARRAY' THEN error('[22023] cannot extract elements from a scalar or an object') ELSE json_extract(CAST(j AS JSON), '$[*]') END;
CREATE MACRO jsonb_array_elements(j) AS TABLE SELECT unnest(_hatidata_postgres._json_items(j)) AS value;
CREATE MACRO json_array_elements(j) AS TABLE SELECT unnest(_hatidata_postgres._json_items(j)) AS value;
CREATE MACRO jsonb_array_elements_text(j) AS TABLE SELECT unnest(list_transform(_hatidata_postgres._json_items(j), lambda e: e ->> '$')) AS value;
CREATE MACRO json_array_elements_text(j) AS TABLE SELECT unnest(list_transform(_hatidata_postgres._json_items(j), lambda e: e ->> '$')) AS value;
CREATE MACRO jsonb_object_keys(j) AS TABLE SELECT unnest(json_keys(_hatidata_postgres._jsonb(j))) AS jsonb_object_keys;
CREATE MACRO json_object_keys(j) AS TABLE SELECT unnest(json_keys(CAST(j AS JSON))) AS json_object_keys;
CREATE MACRO jsonb_each(j) AS TABLE SELECT unnest(json_keys(_hatidata_postgres._jsonb(j))) AS key, unnest(json_extract(_hatidata_postgres._jsonb(j), '$.*')) AS value;
CREATE MACRO json_each(j) AS TABLE SELECT unnest(json_keys(CAST(j AS JSON))) AS key, unnest(json_extract(CAST(j AS JSON), '$.*')) AS value;
CREATE MACRO jsonb_each_text(j) AS TABLE SELECT unnest(json_keys(_hatidata_postgres._jsonb(j))) AS key, unnest(list_transform(json_extract(_hatidata_postgres._jsonb(j), '$.*'), lambda e: e ->> '$')) AS value;
CREATE MACRO json_each_text(j) AS TABLE SELECT unnest(json_keys(CAST(j AS JSON))) AS key, unnest(list_transform(json_extract(CAST(j AS JSON), '$.*'), lambda e: e ->> '$')) AS value;
CREATE MACRO regexp_split_to_table(x, pattern) AS TABLE SELECT unnest(regexp_split_to_array(x, pattern)) AS regexp_split_to_table;
CREATE MACRO string_to_table(x, separator) AS TABLE SELECT unnest(_hatidata_postgres.string_to_array(x, separator)) AS string_to_table;
CREATE MACRO jsonb_path_exists(j, path) AS main.json_exists(CAST(j AS JSON), path);
CREATE MACRO _json_key(k) AS CASE WHEN typeof(k) = 'VARCHAR' THEN '$."' || replace(CAST(k AS VARCHAR), '"', '\"') || '"' ELSE '$[' || CASE WHEN CAST(k AS VARCHAR) LIKE '-%' THEN '#' ELSE '' END || CAST(k AS VARCHAR) || ']' END;
CREATE MACRO _json_get(j, k) AS json_extract(j, _hatidata_postgres._json_key(k));
CREATE MACRO _json_get_text(j, k) AS json_extract_string(j, _hatidata_postgres._json_key(k));
CREATE MACRO _json_list_path(steps) AS '$' || main.array_to_string(list_transform(steps, lambda s: CASE WHEN regexp_full_match(s, '[0-9]+') THEN '[' || s || ']' ELSE '."' || s || '"' END), '');
CREATE MACRO _jsonb_extract_list(j, steps) AS json_extract(j, _hatidata_postgres._json_list_path(steps));
CREATE MACRO _jsonb_extract_list_text(j, steps) AS json_extract_string(j, _hatidata_postgres._json_list_path(steps));
CREATE MACRO _json_contains(a, b) AS main.json_contains(CAST(a AS JSON), CAST(b AS JSON));
CREATE MACRO _json_is_contained(a, b) AS main.json_contains(CAST(b AS JSON), CAST(a AS JSON));
CREATE MACRO _json_has(j, k) AS coalesce(list_contains(json_keys(j), k), false) OR json_type(j) = 'ARRAY' AND list_contains(json_extract_string(j, '$[*]'), k);
CREATE MACRO _json_has_any(j, ks) AS list_bool_or(list_transform(ks, lambda k: _hatidata_postgres._json_has(j, k)));
CREATE MACRO _json_has_all(j, ks) AS list_bool_and(list_transform(ks, lambda k: _hatidata_postgres._json_has(j, k)));
CREATE MACRO _json_concat(a, b) AS CAST(hatidata_postgres_json_concat(CAST(a AS VARCHAR), CAST(b AS VARCHAR)) AS JSON);
CREATE MACRO _json_without(j, k) AS CAST(hatidata_postgres_json_without(CAST(j AS VARCHAR), CAST(to_json(k) AS VARCHAR)) AS JSON);
CREATE MACRO _json_without_path(j, path) AS CAST(hatidata_postgres_json_without_path(CAST(j AS VARCHAR), _hatidata_postgres._text_of(path)) AS JSON);
CREATE MACRO jsonb_set
    (j, path, x) AS CAST(hatidata_postgres_json_set(CAST(j AS VARCHAR), _hatidata_postgres._text_of(path), CAST(x AS VARCHAR), 'true') AS JSON),
    (j, path, x, creates) AS CAST(hatidata_postgres_json_set(CAST(j AS VARCHAR), _hatidata_postgres._text_of(path), CAST(x AS VARCHAR), CAST(creates AS VARCHAR)) AS JSON);
CREATE MACRO jsonb_insert(j, path, x) AS CAST(hatidata_postgres_json_insert(CAST(j AS VARCHAR), _hatidata_postgres._text_of(path), CAST(x AS VARCHAR)) AS JSON);
CREATE MACRO jsonb_strip_nulls(j) AS CAST(hatidata_postgres_json_strip_nulls(CAST(j AS VARCHAR)) AS JSON);
CREATE MACRO json_strip_nulls(j) AS CAST(hatidata_postgres_json_strip_nulls(CAST(j AS VARCHAR)) AS JSON);
CREATE MACRO jsonb_pretty(j) AS hatidata_postgres_json_pretty(CAST(j AS VARCHAR));
CREATE MACRO jsonb_typeof(j) AS CASE json_type(CAST(j AS JSON)) WHEN 'VARCHAR' THEN 'string' WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' WHEN NULL THEN NULL ELSE 'number' END;
CREATE MACRO json_typeof(j) AS _hatidata_postgres.jsonb_typeof(j);
CREATE MACRO jsonb_array_length(j) AS CASE WHEN json_type(CAST(j AS JSON)) <> 'ARRAY' THEN error('[22023] cannot get array length of a non-array') ELSE CAST(main.json_array_length(CAST(j AS JSON)) AS INTEGER) END;
CREATE MACRO json_array_length(j) AS _hatidata_postgres.jsonb_array_length(j);
CREATE MACRO jsonb_array_elements(j) AS unnest(_hatidata_postgres._json_items(j));
CREATE MACRO json_array_elements(j) AS unnest(_hatidata_postgres._json_items(j));
CREATE MACRO jsonb_array_elements_text(j) AS unnest(list_transform(_hatidata_postgres._json_items(j), lambda e: e ->> '$'));
CREATE MACRO json_array_elements_text(j) AS unnest(list_transform(_hatidata_postgres._json_items(j), lambda e: e ->> '$'));
CREATE MACRO jsonb_object_keys(j) AS unnest(json_keys(_hatidata_postgres._jsonb(j)));
CREATE MACRO json_object_keys(j) AS unnest(json_keys(CAST(j AS JSON)));
CREATE MACRO to_jsonb(x) AS to_json(x);
CREATE MACRO array_to_json(x) AS to_json(x);

-- The session and the rest

CREATE MACRO pg_typeof(x) AS hatidata_postgres_type_name(typeof(x));
CREATE MACRO isfinite(x) AS CASE WHEN typeof(x) = 'INTERVAL' THEN true ELSE NOT contains(CAST(x AS VARCHAR), 'infinity') END;
CREATE MACRO gen_random_uuid() AS uuid();
CREATE MACRO pg_sleep(seconds) AS CAST(NULL AS VARCHAR);
