//! Snowflake's SQL: what its words, calls and types become. What its functions do with values is in
//! `snowflake.sql`; results are those of Snowflake's documentation.

use std::collections::HashSet;
use std::ops::Range;

use super::Untranslated;
use super::walk::{Call, Cast, Context, Edits, Rules, Text, TypePlace};
use crate::lexer::{TokenKind, text_value};
use crate::name::literal;

const SCHEMA: &str = "_hatidata_snowflake";

pub(super) struct Snowflake<'a> {
    /// Functions that are macros, lower case.
    pub(super) macros: &'a HashSet<String>,
}

/// Functions that look at semi-structured values as such: a path among their arguments stays JSON.
const TAKES_VARIANTS: &[&str] = &[
    "TYPEOF",
    "FLATTEN",
    "GET",
    "GET_PATH",
    "GET_IGNORE_CASE",
    "PARSE_JSON",
    "TO_JSON",
    "TO_VARIANT",
    "TO_ARRAY",
    "TO_OBJECT",
    "STRIP_NULL_VALUE",
    "TO_VARCHAR",
    "TO_CHAR",
    "TO_STRING",
    "COUNT",
    "IS_NULL_VALUE",
    "COALESCE",
    "NVL",
    "IFNULL",
    "ANY_VALUE",
    "EQUAL_NULL",
    "IFF",
];

fn takes_variants(function: &str) -> bool {
    ["ARRAY", "OBJECT_", "IS_", "AS_"].iter().any(|prefix| function.starts_with(prefix))
        || TAKES_VARIANTS.contains(&function)
}

/// Functions of numbers: a path among their arguments is a number.
const TAKES_NUMBERS: &[&str] = &[
    "SUM",
    "AVG",
    "ABS",
    "ROUND",
    "CEIL",
    "FLOOR",
    "SQRT",
    "POWER",
    "MEDIAN",
    "STDDEV",
    "VARIANCE",
    "DIV0",
    "ZEROIFNULL",
    "NULLIFZERO",
    "MOD",
    "LN",
    "EXP",
    "SIGN",
    "TRUNC",
    "SQUARE",
];

/// Functions whose first argument is a part of a date, with or without quotes.
const PART_FIRST: &[&str] =
    &["DATEADD", "TIMEADD", "TIMESTAMPADD", "DATEDIFF", "TIMEDIFF", "TIMESTAMPDIFF", "DATE_PART", "DATE_TRUNC"];

/// Functions with a second name.
const ALIASES: &[(&str, &str)] = &[
    ("TO_CHAR", "to_varchar"),
    ("DATE", "to_date"),
    ("TIME", "to_time"),
    ("TO_TIMESTAMP_NTZ", "to_timestamp"),
    ("TO_TIMESTAMP_TZ", "to_timestamp_ltz"),
    ("TRY_TO_TIMESTAMP_NTZ", "try_to_timestamp"),
    ("TIMESTAMP_NTZ_FROM_PARTS", "timestamp_from_parts"),
    ("TIMESTAMPNTZFROMPARTS", "timestamp_from_parts"),
    ("TIMESTAMPFROMPARTS", "timestamp_from_parts"),
    ("DATEFROMPARTS", "date_from_parts"),
    ("TIMEFROMPARTS", "time_from_parts"),
    ("TIMEADD", "dateadd"),
    ("TIMESTAMPADD", "dateadd"),
    ("TIMEDIFF", "datediff"),
    ("TIMESTAMPDIFF", "datediff"),
    ("POSITION", "charindex"),
    ("CEILING", "ceil"),
    ("TRY_TO_TIMESTAMP_TZ", "try_to_timestamp_ltz"),
];

/// Parts of dates by their other spellings.
const PARTS: &[(&str, &str)] = &[
    ("y", "year"),
    ("yy", "year"),
    ("yyy", "year"),
    ("yyyy", "year"),
    ("yr", "year"),
    ("years", "year"),
    ("yrs", "year"),
    ("mm", "month"),
    ("mon", "month"),
    ("mons", "month"),
    ("months", "month"),
    ("d", "day"),
    ("dd", "day"),
    ("days", "day"),
    ("dayofmonth", "day"),
    ("dow", "dayofweek"),
    ("weekday", "dayofweek"),
    ("dw", "dayofweek"),
    ("dayofweekiso", "isodow"),
    ("dayofweek_iso", "isodow"),
    ("weekday_iso", "isodow"),
    ("dow_iso", "isodow"),
    ("dw_iso", "isodow"),
    ("doy", "dayofyear"),
    ("dy", "dayofyear"),
    ("yearday", "dayofyear"),
    ("w", "week"),
    ("wk", "week"),
    ("weekofyear", "week"),
    ("woy", "week"),
    ("wy", "week"),
    ("weeks", "week"),
    ("weekiso", "week"),
    ("week_iso", "week"),
    ("weekofyeariso", "week"),
    ("weekofyear_iso", "week"),
    ("q", "quarter"),
    ("qtr", "quarter"),
    ("qtrs", "quarter"),
    ("quarters", "quarter"),
    ("yearofweek", "isoyear"),
    ("yearofweekiso", "isoyear"),
    ("h", "hour"),
    ("hh", "hour"),
    ("hr", "hour"),
    ("hours", "hour"),
    ("hrs", "hour"),
    ("m", "minute"),
    ("mi", "minute"),
    ("min", "minute"),
    ("minutes", "minute"),
    ("mins", "minute"),
    ("s", "second"),
    ("sec", "second"),
    ("seconds", "second"),
    ("secs", "second"),
    ("ms", "millisecond"),
    ("msec", "millisecond"),
    ("milliseconds", "millisecond"),
    ("us", "microsecond"),
    ("usec", "microsecond"),
    ("microseconds", "microsecond"),
    ("ns", "nanosecond"),
    ("nsec", "nanosecond"),
    ("nanosec", "nanosecond"),
    ("nsecond", "nanosecond"),
    ("nanoseconds", "nanosecond"),
    ("epoch", "epoch_second"),
    ("epoch_seconds", "epoch_second"),
    ("epoch_milliseconds", "epoch_millisecond"),
    ("epoch_microseconds", "epoch_microsecond"),
    ("epoch_nanoseconds", "epoch_nanosecond"),
];

/// What exists in Snowflake and has no counterpart here.
const NOT_TRANSLATED: &[&str] = &[
    "RESULT_SCAN",
    "CONDITIONAL_CHANGE_EVENT",
    "CONDITIONAL_TRUE_EVENT",
    "HLL_ACCUMULATE",
    "HLL_COMBINE",
    "HLL_ESTIMATE",
    "HLL_EXPORT",
    "HLL_IMPORT",
    "MINHASH",
    "MINHASH_COMBINE",
    "XMLGET",
    "PARSE_XML",
    "CHECK_XML",
    "PARSE_URL",
    "PARSE_IP",
    "ENCRYPT",
    "DECRYPT",
    "GET_DDL",
    "AI_COMPLETE",
    "NORMAL",
    "ZIPF",
    "RANDSTR",
    "SPLIT_TO_TABLE",
    "STRTOK_SPLIT_TO_TABLE",
    "BITMAP_COUNT",
    "COLLATION",
    "REDUCE",
    "TRANSFORM",
    "HASH_AGG",
    "SOUNDEX",
    "APPROX_TOP_K",
    "APPROX_PERCENTILE_ACCUMULATE",
    "SYSTEM",
    "LAST_QUERY_ID",
    "CURRENT_WAREHOUSE",
    "CURRENT_ACCOUNT",
    "CURRENT_REGION",
    "INFER_SCHEMA",
    "VECTOR_COSINE_SIMILARITY",
];

impl Snowflake<'_> {
    fn renamed(&self, text: &Text<'_>, edits: &mut Edits, name: &Range<usize>, function: &str) {
        edits.replace(text.bytes(name), format!("{SCHEMA}.{function}"));
    }

    /// `:a.b[0]` and `[0].a` after an operand: gives the token after it, or `None` when the first step is not
    /// constant.
    fn path(
        &self,
        text: &Text<'_>,
        edits: &mut Edits,
        at: usize,
        operand: usize,
        context: &Context<'_>,
    ) -> Option<usize> {
        let mut path = String::from("$");
        let mut end = at;
        loop {
            match text.at(end) {
                ":" | "." if text.is_name(end + 1) && (end == at || text.at(end) == ".") && text.at(end + 2) != "(" => {
                    path.push_str(&format!(".{}", step(text, end + 1)));
                    end += 2;
                }
                "[" if text.partner(end) == end + 2 => match text.kind(end + 1) {
                    Some(TokenKind::Number) => {
                        path.push_str(&format!("[{}]", text.at(end + 1)));
                        end += 3;
                    }
                    Some(TokenKind::Text) => {
                        let key = text_value(text.at(end + 1));
                        path.push_str(&format!(".\"{key}\""));
                        end += 3;
                    }
                    _ => break,
                },
                _ => break,
            }
        }
        if end == at {
            return None;
        }
        let bytes = text.start(at)..text.end(end - 1);
        let numbers = match context.calls.last() {
            Some(call) if TAKES_NUMBERS.contains(&call.as_str()) => true,
            _ => beside_number(text, text.token_at(operand), end),
        };
        if self.stays_variant(text, operand, end, context) {
            edits.around(operand..text.end(at - 1), "json_extract(", "");
            edits.replace(bytes, format!(", {})", literal(&path)));
        } else {
            edits.around(operand..text.end(at - 1), "json_extract_string(", "");
            let cast = if numbers && text.at(end) != "::" { "::DOUBLE" } else { "" };
            edits.replace(bytes, format!(", {}){cast}", literal(&path)));
        }
        Some(end)
    }

    /// Whether the value at a path is needed as JSON: not where it is compared, computed with or cast to
    /// something else.
    fn stays_variant(&self, text: &Text<'_>, operand: usize, end: usize, context: &Context<'_>) -> bool {
        match text.at(end) {
            "::" => return matches!(text.upper(end + 1).as_str(), "VARIANT" | "OBJECT" | "ARRAY"),
            "[" | "." => return true,
            _ => {}
        }
        if text.is(end, "IS") {
            return true;
        }
        if let Some(call) = context.calls.last() {
            return takes_variants(call);
        }
        let first = text.token_at(operand);
        let before = first.checked_sub(1).map(|at| text.upper(at)).unwrap_or_default();
        let operator = |word: &str| {
            matches!(
                word,
                "=" | "<"
                    | ">"
                    | "!"
                    | "+"
                    | "-"
                    | "*"
                    | "/"
                    | "%"
                    | "|"
                    | "LIKE"
                    | "ILIKE"
                    | "RLIKE"
                    | "REGEXP"
                    | "IN"
                    | "BETWEEN"
                    | "NOT"
                    | "AND"
                    | "OR"
            )
        };
        let after = text.upper(end);
        let condition = matches!(context.clause, "WHERE" | "HAVING" | "QUALIFY" | "ON");
        !(condition || operator(&before) || operator(&after))
    }

    /// Gives a part of a date, a name or a text, its full name in quotes.
    fn quote_part(&self, text: &Text<'_>, edits: &mut Edits, arg: &Range<usize>) -> Option<&'static str> {
        if arg.len() != 1 || !(text.is_name(arg.start) || text.kind(arg.start) == Some(TokenKind::Text)) {
            return None;
        }
        let written = text.at(arg.start).trim_matches(['"', '\'']).to_lowercase();
        let known = PARTS.iter().find_map(|(short, full)| (*short == written || *full == written).then_some(*full));
        edits.replace(text.bytes(arg), literal(known.unwrap_or(&written)));
        known
    }

    /// The last byte of a call with what belongs to it: WITHIN GROUP (…), FILTER (…), OVER (…).
    fn call_end(&self, text: &Text<'_>, close: usize) -> usize {
        let mut end = close + 1;
        loop {
            let open = match text.upper(end).as_str() {
                "IGNORE" | "RESPECT" if text.is(end + 1, "NULLS") => {
                    end += 2;
                    continue;
                }
                "WITHIN" if text.is(end + 1, "GROUP") => end + 2,
                "FILTER" | "OVER" => end + 1,
                _ => return text.end(end - 1),
            };
            if text.at(open) != "(" {
                return text.end(end - 1);
            }
            end = text.partner(open) + 1;
        }
    }

    /// `f(x) WITHIN GROUP (ORDER BY y)` as `f(x ORDER BY y)`.
    fn order_inside(&self, text: &Text<'_>, edits: &mut Edits, close: usize) {
        if text.are(close + 1, &["WITHIN", "GROUP"]) && text.at(close + 3) == "(" {
            edits.replace(text.start(close)..text.end(close + 3), " ");
        }
    }

    fn flatten(&self, text: &Text<'_>, edits: &mut Edits, call: &Call) -> Result<(), Untranslated> {
        self.renamed(text, edits, &call.name, "flatten");
        for arg in &call.args {
            if text.at(arg.start + 1) != "=>" {
                continue;
            }
            let parameter = match text.upper(arg.start).as_str() {
                "INPUT" => "input",
                "PATH" => "at_path",
                "OUTER" => "is_outer",
                "RECURSIVE" => "is_recursive",
                "MODE" => "of_mode",
                other => return Err(text.untranslated(arg.start, format!("FLATTEN's argument {other}"))),
            };
            edits.replace(text.start(arg.start)..text.end(arg.start + 1), format!("{parameter} := "));
        }
        Ok(())
    }

    /// `TO_NUMBER(x, 10, 2)`: the type's arguments must be in the type.
    fn to_number(&self, text: &Text<'_>, edits: &mut Edits, call: &Call, function: &str) {
        let numbers = |args: &[Range<usize>]| args.iter().all(|a| text.kind(a.start) == Some(TokenKind::Number));
        let tries = function.starts_with("TRY_");
        let (cast, name) = if tries { ("TRY_CAST", "try_to_number") } else { ("CAST", "to_number") };
        match call.args.as_slice() {
            [value, sizes @ ..] if numbers(sizes) => {
                let width = sizes.first().map_or("38", |a| text.text(a));
                let scale = sizes.get(1).map_or("0", |a| text.text(a));
                edits.replace(text.bytes(&call.name), cast);
                let value = text.bytes(value);
                edits.around(value.clone(), format!("{SCHEMA}.number_text("), ")");
                edits.replace(value.end..text.start(call.close), format!(" AS DECIMAL({width}, {scale})"));
            }
            [_, _, sizes @ ..] if !sizes.is_empty() && numbers(sizes) => {
                let format = text.bytes(&call.args[1]);
                let width = text.text(&sizes[0]);
                let scale = sizes.get(1).map_or("0", |a| text.text(a));
                self.renamed(text, edits, &call.name, "number_text");
                edits.replace(format.end..text.start(call.close), String::new());
                edits.around(
                    text.start(call.name.start)..text.end(call.close),
                    format!("{cast}("),
                    format!(" AS DECIMAL({width}, {scale}))"),
                );
            }
            _ => self.renamed(text, edits, &call.name, name),
        }
    }

    fn infix(
        &self,
        text: &Text<'_>,
        edits: &mut Edits,
        at: usize,
        operand: usize,
        function: &str,
        words: usize,
    ) -> usize {
        let right = at + words;
        let end = text.operand_end(right);
        edits.replace(text.start(at)..text.end(right - 1), ",");
        edits.around(operand..text.end(end - 1), format!("{function}("), ")");
        right
    }
}

/// Whether an operator makes a number of the operand between the tokens `first` and `end`: arithmetic, or a
/// comparison with a number.
fn beside_number(text: &Text<'_>, first: usize, end: usize) -> bool {
    let is_number = |at: usize| text.kind(at) == Some(TokenKind::Number);
    let compares = |at: usize| matches!(text.at(at), "=" | "<" | ">" | "!");
    let computes = |at: usize| matches!(text.at(at), "+" | "-" | "*" | "/" | "%");
    let before = first.checked_sub(1);
    let mut right = end;
    while compares(right) {
        right += 1;
    }
    computes(end)
        || before.is_some_and(computes)
        || right > end && is_number(right + usize::from(text.at(right) == "-"))
        || before.is_some_and(|at| compares(at) && (0..at).rev().find(|i| !compares(*i)).is_some_and(is_number))
        || text.is(end, "BETWEEN") && is_number(end + 1)
        || text.is(end, "IN") && is_number(end + 2)
}

/// A text with what its backslashes mean: `\n`, `\x41`, `\u2744`, `\101`; any other character is itself.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        let code = |digits: usize, skip: usize, radix: u32| {
            let text = after.get(skip..skip + digits)?;
            Some((char::from_u32(u32::from_str_radix(text, radix).ok()?)?, skip + digits))
        };
        let (character, used) = match chars.next() {
            Some('n') => ('\n', 1),
            Some('r') => ('\r', 1),
            Some('t') => ('\t', 1),
            Some('b') => ('\u{8}', 1),
            Some('f') => ('\u{c}', 1),
            Some('x') => code(2, 1, 16).unwrap_or(('x', 1)),
            Some('u') => code(4, 1, 16).unwrap_or(('u', 1)),
            Some('0'..='7') if code(3, 0, 8).is_some() => code(3, 0, 8).unwrap_or(('\0', 1)),
            Some(other) => (other, other.len_utf8()),
            None => ('\\', 0),
        };
        out.push(character);
        rest = &after[used..];
    }
    out.push_str(rest);
    out
}

/// A name in a path as a JSON path's step.
fn step(text: &Text<'_>, at: usize) -> String {
    match text.kind(at) {
        Some(TokenKind::Quoted) => text.at(at).replace("\"\"", "\""),
        _ => format!("\"{}\"", text.at(at)),
    }
}

/// DuckDB's type for one of Snowflake's.
fn type_for(text: &Text<'_>, tokens: &Range<usize>) -> Result<Option<String>, Untranslated> {
    let open = tokens.start + 1;
    let args = if text.at(open) == "(" { text.text(&(open..tokens.end)) } else { "" };
    Ok(Some(match text.upper(tokens.start).as_str() {
        "NUMBER" | "DECIMAL" | "NUMERIC" | "DEC" => {
            if args.is_empty() {
                "DECIMAL(38, 0)".into()
            } else {
                format!("DECIMAL{args}")
            }
        }
        "INT" | "INTEGER" | "BIGINT" | "SMALLINT" | "TINYINT" | "BYTEINT" => "BIGINT".into(),
        "FLOAT" | "FLOAT4" | "FLOAT8" | "REAL" | "DOUBLE" => "DOUBLE".into(),
        "STRING" | "TEXT" | "VARCHAR" | "CHAR" | "CHARACTER" | "NCHAR" | "NVARCHAR" | "NVARCHAR2" | "VARCHAR2" => {
            "VARCHAR".into()
        }
        "VARIANT" | "OBJECT" | "ARRAY" => "JSON".into(),
        "BINARY" | "VARBINARY" => "BLOB".into(),
        "DATETIME" | "TIMESTAMP_NTZ" | "TIMESTAMPNTZ" => "TIMESTAMP".into(),
        "TIMESTAMP" if tokens.len() < 3 || !args.is_empty() => "TIMESTAMP".into(),
        "TIMESTAMP_LTZ" | "TIMESTAMPLTZ" | "TIMESTAMP_TZ" | "TIMESTAMPTZ" => "TIMESTAMPTZ".into(),
        "DATE" => "DATE".into(),
        "TIME" if !args.is_empty() => "TIME".into(),
        "GEOGRAPHY" | "GEOMETRY" | "VECTOR" | "MAP" => {
            return Err(text.untranslated(tokens.start, format!("the type {}", text.upper(tokens.start))));
        }
        _ => return Ok(None),
    }))
}

impl Rules for Snowflake<'_> {
    fn statement(&self, text: &Text<'_>, edits: &mut Edits) -> Result<bool, Untranslated> {
        let refused = |at: usize, what: String, hint: &'static str| {
            Err(Untranslated { construct: what, position: text.start(at), hint: Some(hint) })
        };
        let object = text.upper(if text.are(1, &["OR", "REPLACE"]) { 3 } else { 1 });
        match (text.upper(0).as_str(), object.as_str()) {
            (
                "CREATE" | "ALTER" | "DROP",
                "WAREHOUSE" | "STAGE" | "STREAM" | "TASK" | "PIPE" | "SHARE" | "PROCEDURE" | "ALERT" | "NETWORK"
                | "TAG" | "MASKING" | "ROW" | "RESOURCE" | "INTEGRATION" | "STORAGE" | "FILE" | "DYNAMIC" | "EXTERNAL"
                | "ICEBERG" | "HYBRID" | "MATERIALIZED",
            ) => return refused(0, format!("{} {object}", text.upper(0)), "see docs/sql.md for what is offered"),
            ("UNDROP" | "PUT" | "LIST" | "REMOVE", _) => {
                return refused(0, text.upper(0), "see docs/sql.md for what is offered");
            }
            ("COPY", "INTO") => {
                return refused(
                    0,
                    "COPY INTO".into(),
                    "COPY table FROM STDIN, or INSERT INTO table SELECT … FROM read_csv(…)",
                );
            }
            ("SHOW", _) | ("DESCRIBE" | "DESC", "TABLE" | "VIEW") => {
                if let Some(query) = shown(text)? {
                    edits.replace(0..text.sql.len(), query);
                    return Ok(true);
                }
            }
            ("CREATE", "SEQUENCE") => {
                for at in (0..text.len()).filter(|at| text.at(*at) == "=") {
                    edits.replace(text.start(at)..text.end(at), String::new());
                }
            }
            ("CREATE", _) => create(text, edits)?,
            ("INSERT", "OVERWRITE" | "ALL" | "FIRST") => {
                return refused(0, format!("INSERT {object}"), "TRUNCATE TABLE and INSERT INTO one after the other");
            }
            ("TRUNCATE", _) if text.are(1, &["TABLE", "IF", "EXISTS"]) => {
                edits.replace(text.start(2)..text.end(3), String::new());
            }
            ("WITH", _) if !text.is(1, "RECURSIVE") && reads_itself(text) => edits.close(text.end(0), " RECURSIVE"),
            _ => {}
        }
        Ok(false)
    }

    fn call(&self, text: &Text<'_>, edits: &mut Edits, call: &Call) -> Result<(), Untranslated> {
        let function = text.upper(call.name.end - 1);
        let before = |word: &str| call.name.start > 0 && text.is(call.name.start - 1, word);
        let looks_so = match function.as_str() {
            // WHEN NOT MATCHED THEN INSERT (a, b) …
            "INSERT" => before("THEN"),
            // SELECT * REPLACE (x AS y)
            "REPLACE" => text.arguments(call.open).iter().any(|arg| arg.clone().any(|at| text.is(at, "AS"))),
            "POSITION" => call.args.len() == 1,
            _ => false,
        };
        if call.name.len() > 1 || looks_so {
            return Ok(());
        }
        if function.starts_with("ST_") || function.starts_with("SYSTEM$") || NOT_TRANSLATED.contains(&function.as_str())
        {
            return Err(text.untranslated(call.name.start, format!("the function {function}")));
        }
        let mut part = None;
        if PART_FIRST.contains(&function.as_str())
            && let Some(first) = call.args.first()
        {
            part = self.quote_part(text, edits, first);
            for null in call.args.iter().filter(|arg| arg.len() == 1 && text.is(arg.start, "NULL")) {
                edits.close(text.end(null.start), "::TIMESTAMP");
            }
        }
        let unit = match function.as_str() {
            "LAST_DAY" => call.args.get(1),
            "TIME_SLICE" => call.args.get(2),
            "TRUNC" => call.args.get(1).filter(|arg| text.kind(arg.start) == Some(TokenKind::Text)),
            _ => None,
        };
        if let Some(unit) = unit {
            self.quote_part(text, edits, unit);
        }
        let whole = || text.start(call.name.start)..text.end(call.close);
        let inside = || text.end(call.open)..text.start(call.close);
        match function.as_str() {
            "LISTAGG" => {
                edits.replace(text.bytes(&call.name), "string_agg");
                if call.args.len() == 1 {
                    edits.close(text.end(call.args[0].end - 1), ", ''");
                }
                self.order_inside(text, edits, call.close);
                edits.around(text.start(call.name.start)..self.call_end(text, call.close), "coalesce(", ", '')");
            }
            "TRUNC" if unit.is_some() => self.renamed(text, edits, &call.name, "date_trunc_of"),
            "ROUND" if call.args.len() == 3 => self.renamed(text, edits, &call.name, "round_by"),
            "FIRST_VALUE" | "LAST_VALUE" | "NTH_VALUE" | "LAG" | "LEAD" => {
                window_function(text, edits, call, &function)
            }
            "COUNT" if call.args.len() > 1 => {
                // Rows with a NULL in any of the columns do not count.
                let distinct = usize::from(text.is(call.open + 1, "DISTINCT"));
                let columns = text.start(call.open + 1 + distinct)..text.start(call.close);
                edits.around(columns, format!("{SCHEMA}.without_null(json_array("), "))");
            }
            "OBJECT_AGG" if call.args.len() == 2 => {
                edits.replace(text.bytes(&call.name), "list");
                edits.around(text.bytes(&call.args[0]), format!("{{'k': {SCHEMA}.to_varchar("), ")");
                edits.around(text.bytes(&call.args[1]), "'v': to_json(", ")}");
                let end = self.call_end(text, call.close);
                edits.around(text.start(call.name.start)..end, format!("{SCHEMA}.object_of_pairs("), ")");
            }
            "ARRAY_UNIQUE_AGG" => {
                edits.replace(text.bytes(&call.name), "list");
                edits.replace(text.end(call.open)..text.end(call.open), "DISTINCT ");
                edits.around(whole(), format!("{SCHEMA}.array_of_list("), ")");
            }
            "ARRAY_UNION_AGG" => {
                edits.replace(text.bytes(&call.name), "list");
                edits.around(inside(), format!("{SCHEMA}.elements("), ")");
                let end = self.call_end(text, call.close);
                edits.around(text.start(call.name.start)..end, format!("{SCHEMA}.array_union_of("), ")");
            }
            "BOOLXOR_AGG" => {
                edits.replace(text.bytes(&call.name), "count_if");
                edits.around(text.start(call.name.start)..self.call_end(text, call.close), "(", " = 1)");
            }
            "MIN_BY" | "MAX_BY" if call.args.len() == 3 => {
                let end = self.call_end(text, call.close);
                edits.around(text.start(call.name.start)..end, format!("{SCHEMA}.json_of_list("), ")");
            }
            "RATIO_TO_REPORT" => {
                // The value stands twice in its translation, so it must need none itself.
                if inside_names(text, call).is_none() {
                    return Err(text.untranslated(call.name.start, "RATIO_TO_REPORT of more than a column"));
                }
                let value = text.sql[inside()].to_owned();
                edits.replace(text.bytes(&call.name), "sum");
                let end = self.call_end(text, call.close);
                edits.around(text.start(call.name.start)..end, format!("({value} / nullif(CAST("), " AS DOUBLE), 0))");
            }
            "ARRAY_AGG" | "ARRAYAGG" => {
                edits.replace(text.bytes(&call.name), "list");
                self.order_inside(text, edits, call.close);
                let end = self.call_end(text, call.close);
                edits.around(text.start(call.name.start)..end, format!("{SCHEMA}.array_of_list("), ")");
            }
            "PERCENTILE_CONT" | "PERCENTILE_DISC" => {}
            "FLATTEN" => self.flatten(text, edits, call)?,
            "TABLE" => {
                let inner = text.upper(call.open + 1);
                match inner.as_str() {
                    "FLATTEN" => {
                        edits.replace(text.start(call.name.start)..text.end(call.open), String::new());
                        edits.replace(text.start(call.close)..text.end(call.close), String::new());
                    }
                    "GENERATOR" => {
                        let args = text.arguments(call.open + 2);
                        let rows = args.iter().find(|a| text.is(a.start, "ROWCOUNT") && text.at(a.start + 1) == "=>");
                        let Some(rows) = rows else {
                            return Err(text.untranslated(call.open + 1, "GENERATOR without ROWCOUNT"));
                        };
                        let rows = text.text(&(rows.start + 2..rows.end));
                        edits.replace(whole(), format!("range({rows})"));
                    }
                    _ => return Err(text.untranslated(call.name.start, format!("TABLE({inner} …)"))),
                }
            }
            "GENERATOR" | "RESULTSET" => {}
            "SEQ1" | "SEQ2" | "SEQ4" | "SEQ8" => {
                // A window cannot be ordered by another: it gets any order, as nothing else is promised.
                let number = if in_window(text, call.name.start) { "NULL" } else { "(row_number() OVER () - 1)" };
                edits.replace(whole(), number);
            }
            "OBJECT_CONSTRUCT" => {
                if call.args.len() == 1 {
                    return Err(text.untranslated(call.name.start, "OBJECT_CONSTRUCT(*)"));
                }
                edits.replace(text.bytes(&call.name), format!("{SCHEMA}.object_without_nulls(json_object"));
                edits.close(text.end(call.close), ")");
            }
            "OBJECT_CONSTRUCT_KEEP_NULL" => edits.replace(text.bytes(&call.name), "json_object"),
            "ARRAY_CONSTRUCT" => edits.replace(text.bytes(&call.name), "json_array"),
            "ARRAY_CONSTRUCT_COMPACT" => {
                edits.replace(text.bytes(&call.name), format!("{SCHEMA}.array_compact(json_array"));
                edits.close(text.end(call.close), ")");
            }
            "GREATEST"
            | "LEAST"
            | "GREATEST_IGNORE_NULLS"
            | "LEAST_IGNORE_NULLS"
            | "OBJECT_DELETE"
            | "OBJECT_PICK"
            | "CONCAT"
            | "CONCAT_WS" => {
                if function == "OBJECT_PICK" && call.args.len() == 2 {
                    self.renamed(text, edits, &call.name, "object_pick_all");
                    return Ok(());
                }
                self.renamed(text, edits, &call.name, &function.to_lowercase());
                let list = match function.as_str() {
                    "OBJECT_DELETE" | "OBJECT_PICK" | "CONCAT_WS" => match call.args.get(1) {
                        Some(second) => text.start(second.start)..text.start(call.close),
                        None => return Ok(()),
                    },
                    _ => inside(),
                };
                if function.starts_with("CONCAT") {
                    for arg in &call.args[usize::from(function == "CONCAT_WS")..] {
                        edits.around(text.bytes(arg), format!("{SCHEMA}.to_varchar("), ")");
                    }
                }
                edits.around(list, "[", "]");
            }
            "TO_NUMBER" | "TO_DECIMAL" | "TO_NUMERIC" | "TRY_TO_NUMBER" | "TRY_TO_DECIMAL" | "TRY_TO_NUMERIC" => {
                self.to_number(text, edits, call, &function);
            }
            "EXTRACT" if text.is(call.open + 2, "FROM") => {
                self.quote_part(text, edits, &(call.open + 1..call.open + 2));
                edits.replace(text.start(call.open + 2)..text.end(call.open + 2), ",");
                self.renamed(text, edits, &call.name, "date_part");
            }
            "CURRENT_TIMESTAMP" | "CURRENT_TIME" | "LOCALTIMESTAMP" | "LOCALTIME" | "CURRENT_DATE" => {
                edits.replace(inside(), String::new());
                self.renamed(text, edits, &call.name, &function.to_lowercase());
            }
            // As an aggregate it may have DISTINCT or a window, which a macro cannot take.
            "COUNT_IF"
            | "BOOLAND_AGG"
            | "BOOLOR_AGG"
            | "BITAND_AGG"
            | "BITOR_AGG"
            | "BITXOR_AGG"
            | "APPROX_COUNT_DISTINCT"
            | "VAR_POP"
            | "VAR_SAMP"
            | "VARIANCE_POP"
            | "VARIANCE_SAMP"
            | "HLL"
            | "SKEW"
            | "APPROX_PERCENTILE" => {
                let name = match function.as_str() {
                    "BOOLAND_AGG" => "bool_and",
                    "BOOLOR_AGG" => "bool_or",
                    "BITAND_AGG" => "bit_and",
                    "BITOR_AGG" => "bit_or",
                    "BITXOR_AGG" => "bit_xor",
                    "HLL" => "approx_count_distinct",
                    "VARIANCE_POP" => "var_pop",
                    "VARIANCE_SAMP" => "var_samp",
                    "SKEW" => "skewness",
                    "APPROX_PERCENTILE" => "approx_quantile",
                    _ => return Ok(()),
                };
                edits.replace(text.bytes(&call.name), name);
            }
            // Hours and less make a timestamp of a date.
            "DATEADD" | "TIMEADD" | "TIMESTAMPADD"
                if part.is_some_and(|p| p.contains("second") || matches!(p, "hour" | "minute")) =>
            {
                self.renamed(text, edits, &call.name, "dateadd_time");
            }
            name if ALIASES.iter().any(|(alias, _)| *alias == name) => {
                let (_, function) = ALIASES.iter().find(|(alias, _)| *alias == name).unwrap_or(&("", ""));
                self.renamed(text, edits, &call.name, function);
            }
            name if self.macros.contains(&name.to_lowercase()) => {
                self.renamed(text, edits, &call.name, &name.to_lowercase());
            }
            _ => {}
        }
        Ok(())
    }

    fn type_name(&self, text: &Text<'_>, edits: &mut Edits, place: &TypePlace) -> Result<(), Untranslated> {
        let Some(name) = type_for(text, &place.tokens)? else { return Ok(()) };
        let bytes = text.bytes(&place.tokens);
        let written = text.upper(place.tokens.start);
        let convert = match (name.as_str(), written.as_str()) {
            ("VARCHAR", _) => Some("to_varchar"),
            ("JSON", _) => Some("to_variant"),
            ("BLOB", _) => Some("to_binary"),
            // A literal in any of the forms that Snowflake detects. Of other values it has DuckDB's cast.
            ("DATE", _) if of_literal(text, place) => Some("to_date"),
            ("TIMESTAMP", _) if of_literal(text, place) => Some("to_timestamp"),
            ("TIMESTAMPTZ", _) if of_literal(text, place) => Some("to_timestamp_ltz"),
            _ => None,
        };
        // VARCHAR(3) cuts.
        let length = Some(place.tokens.start + 2)
            .filter(|at| name == "VARCHAR" && text.at(at - 1) == "(" && text.kind(*at) == Some(TokenKind::Number));
        let (cut, end) = match length {
            Some(at) => ("left(", format!(", {})", text.at(at))),
            None => ("", String::new()),
        };
        // A parameter takes its type from the cast.
        let of_parameter = |operand: usize| text.kind(text.token_at(operand)) == Some(TokenKind::Param);
        match (&place.cast, convert) {
            (Some(Cast::Colons(operand)), Some(function)) if !of_parameter(*operand) => {
                let value = *operand..text.end(place.tokens.start.saturating_sub(2));
                edits.around(value, format!("{cut}{SCHEMA}.{function}("), "");
                edits.replace(text.start(place.tokens.start - 1)..bytes.end, format!("){end}"));
            }
            (Some(Cast::Call(name)), Some(function)) => {
                let tries = text.is(*name, "TRY_CAST") && function != "to_varchar" && function != "to_variant";
                let tries = if tries { "try_" } else { "" };
                edits.replace(text.bytes(&(*name..*name + 1)), format!("{cut}{SCHEMA}.{tries}{function}"));
                let before = text.end(place.tokens.start - 2);
                edits.replace(before..bytes.end, String::new());
                if !end.is_empty() {
                    edits.close(text.end(place.tokens.end), end);
                }
            }
            _ if !name.eq_ignore_ascii_case(&text.sql[bytes.clone()]) => edits.replace(bytes, name),
            _ => {}
        }
        Ok(())
    }

    fn token(
        &self,
        text: &Text<'_>,
        edits: &mut Edits,
        at: usize,
        context: &Context<'_>,
    ) -> Result<Option<usize>, Untranslated> {
        let bytes = text.start(at)..text.end(at);
        match text.at(at) {
            ":" if context.in_braces => {
                edits.replace(bytes, ",");
                return Ok(None);
            }
            "{" => edits.replace(bytes, "json_object("),
            "}" => edits.replace(bytes, ")"),
            ":" | "[" if context.operand.is_some() => {
                let operand = context.operand.unwrap_or_default();
                if let Some(next) = self.path(text, edits, at, operand, context) {
                    return Ok(Some(next));
                }
                if text.at(at) == "[" {
                    let close = text.partner(at);
                    edits.around(operand..text.end(close), format!("{SCHEMA}.get("), "");
                    edits.replace(bytes, ", ");
                    edits.replace(text.start(close)..text.end(close), ")");
                }
            }
            "[" => {
                let close = text.partner(at);
                edits.replace(bytes, "json_array(");
                edits.replace(text.start(close)..text.end(close), ")");
            }
            "/" if context.product.is_some() => {
                let end = text.operand_end(at + 1);
                let product = context.product.unwrap_or_default();
                edits.around(product..text.end(end - 1), format!("{SCHEMA}.divide("), ")");
                edits.replace(bytes, ",");
            }
            "%" if context.operand.is_some() => {
                let end = text.operand_end(at + 1);
                let nonzero = text.kind(at + 1) == Some(TokenKind::Number)
                    && end == at + 2
                    && text.at(at + 1).bytes().any(|b| (b'1'..=b'9').contains(&b));
                if !nonzero {
                    edits.around(text.start(at + 1)..text.end(end - 1), format!("{SCHEMA}.divisor("), ")");
                }
            }
            "+" | "-" if context.operand.is_some() && text.is(at + 1, "INTERVAL") => {
                return Ok(plus_interval(text, edits, at, context.operand.unwrap_or_default()));
            }
            quoted if quoted.starts_with('\'') && quoted.contains('\\') => {
                let value = unescaped(&text_value(quoted));
                if value.contains('\0') {
                    return Err(text.untranslated(at, "a zero byte in a text"));
                }
                edits.replace(bytes, literal(&value));
            }
            _ if text.is_name(at) => {
                if let Some(next) = sequence(text, edits, at) {
                    return Ok(Some(next));
                }
                return if text.kind(at) == Some(TokenKind::Word) {
                    self.word(text, edits, at, context)
                } else {
                    Ok(None)
                };
            }
            _ => {}
        }
        Ok(None)
    }

    fn column_name(&self, text: &Text<'_>, item: Range<usize>) -> Option<String> {
        // Casts and paths of a column keep a name that can be used.
        Some(text.text(&item).to_owned())
    }
}

impl Snowflake<'_> {
    fn word(
        &self,
        text: &Text<'_>,
        edits: &mut Edits,
        at: usize,
        context: &Context<'_>,
    ) -> Result<Option<usize>, Untranslated> {
        let bytes = text.start(at)..text.end(at);
        let word = text.upper(at);
        match word.as_str() {
            "MINUS" if context.operand.is_some() || context.clause == "FROM" => {
                if matches!(text.upper(at + 1).as_str(), "SELECT" | "(" | "ALL" | "WITH" | "VALUES") {
                    edits.replace(bytes, "EXCEPT");
                }
            }
            "RLIKE" | "REGEXP" if context.operand.is_some() && text.at(at + 1) != "(" => {
                let operand = context.operand.unwrap_or_default();
                return Ok(Some(self.infix(text, edits, at, operand, &format!("{SCHEMA}.rlike"), 1)));
            }
            "NOT" if context.operand.is_some() && (text.is(at + 1, "RLIKE") || text.is(at + 1, "REGEXP")) => {
                let operand = context.operand.unwrap_or_default();
                return Ok(Some(self.infix(text, edits, at, operand, &format!("NOT {SCHEMA}.rlike"), 2)));
            }
            "LIKE" | "ILIKE"
                if context.operand.is_some()
                    && (text.is(at + 1, "ANY") || text.is(at + 1, "ALL"))
                    && text.at(at + 2) == "(" =>
            {
                let close = text.partner(at + 2);
                if text.is(at + 3, "SELECT") {
                    return Err(text.untranslated(at, format!("{word} {} with a query", text.upper(at + 1))));
                }
                let operand = context.operand.unwrap_or_default();
                let function = format!("{SCHEMA}.{}_{}(", word.to_lowercase(), text.at(at + 1).to_lowercase());
                edits.around(operand..text.end(close), function, "");
                edits.replace(text.start(at)..text.end(at + 2), ", [");
                edits.replace(text.start(close)..text.end(close), "])");
            }
            "TOP"
                if at > 0
                    && ["SELECT", "DISTINCT", "ALL"].iter().any(|word| text.is(at - 1, word))
                    && text.kind(at + 1) == Some(TokenKind::Number) =>
            {
                edits.replace(text.start(at)..text.end(at + 1), String::new());
                // The end of the query: of the bracket around it, or of the statement.
                let end = (at..text.len())
                    .scan(0, |depth, i| {
                        match text.at(i) {
                            "(" => *depth += 1,
                            ")" => *depth -= 1,
                            _ => {}
                        }
                        Some((i, *depth))
                    })
                    .find(|(_, depth)| *depth < 0)
                    .map_or(text.len(), |(i, _)| i);
                edits.close(text.end(end - 1), format!(" LIMIT {}", text.at(at + 1)));
                return Ok(Some(at + 2));
            }
            "VALUES"
                if at > 0 && text.is(at - 1, "FROM")
                    || word == "VALUES" && at > 1 && text.at(at - 1) == "(" && text.is(at - 2, "FROM") =>
            {
                values(text, edits, at);
            }
            "SAMPLE" | "TABLESAMPLE" if context.clause == "FROM" && text.at(at + 1) != "." => sample(text, edits, at),
            "CONNECT" if text.is(at + 1, "BY") => return Err(text.untranslated(at, "CONNECT BY")),
            // After an aggregate it is a clause.
            "FILTER" if text.at(at + 1) == "(" && context.operand.is_none() => {
                return Err(text.untranslated(at, "the function FILTER"));
            }
            "MATCH_RECOGNIZE" => return Err(text.untranslated(at, "MATCH_RECOGNIZE")),
            "AT" | "BEFORE" if text.at(at + 1) == "(" && text.at(at + 3) == "=>" => {
                return Err(text.untranslated(at, "time travel"));
            }
            // UPDATE t SET t.a = 1
            _ if context.clause == "SET"
                && context.operand.is_none()
                && text.at(at + 1) == "."
                && text.is_name(at + 2)
                && text.at(at + 3) == "=" =>
            {
                edits.replace(text.start(at)..text.end(at + 1), String::new());
                return Ok(Some(at + 2));
            }
            _ => {}
        }
        Ok(None)
    }
}

/// Whether a common table expression of the statement is a UNION ALL that reads itself: RECURSIVE is optional.
fn reads_itself(text: &Text<'_>) -> bool {
    (1..text.len()).filter(|at| text.is_name(*at)).any(|name| {
        let mut open = name + 1;
        if text.at(open) == "(" {
            open = text.partner(open) + 1;
        }
        if !text.is(open, "AS") || text.at(open + 1) != "(" {
            return false;
        }
        let body = open + 2..text.partner(open + 1);
        body.clone().any(|at| text.are(at, &["UNION", "ALL"]))
            && body.clone().any(|at| text.is(at, text.at(name)) && (text.is(at - 1, "FROM") || text.is(at - 1, "JOIN")))
    })
}

/// The tokens of a call's only argument when they are a column's name.
fn inside_names(text: &Text<'_>, call: &Call) -> Option<Range<usize>> {
    let [argument] = call.args.as_slice() else { return None };
    argument.clone().all(|at| text.is_name(at) || text.at(at) == ".").then(|| argument.clone())
}

/// Whether the token at `at` stands in the brackets of an OVER.
fn in_window(text: &Text<'_>, at: usize) -> bool {
    (1..at).any(|open| text.at(open) == "(" && text.is(open - 1, "OVER") && text.partner(open) > at)
}

/// IGNORE NULLS goes into the call; without a frame FIRST_VALUE, LAST_VALUE and NTH_VALUE see the whole partition.
fn window_function(text: &Text<'_>, edits: &mut Edits, call: &Call, function: &str) {
    let mut next = call.close + 1;
    if text.is(next + 1, "NULLS") && (text.is(next, "IGNORE") || text.is(next, "RESPECT")) {
        edits.close(text.end(call.close - 1), format!(" {} NULLS", text.at(next)));
        edits.replace(text.start(next)..text.end(next + 1), String::new());
        next += 2;
    }
    let frameless = !matches!(function, "LAG" | "LEAD");
    if !frameless || !text.is(next, "OVER") || text.at(next + 1) != "(" {
        return;
    }
    let close = text.partner(next + 1);
    let mut at = next + 2;
    while at < close {
        match text.upper(at).as_str() {
            "(" => at = text.partner(at),
            "ROWS" | "RANGE" | "GROUPS" => return,
            _ => {}
        }
        at += 1;
    }
    edits.close(text.end(close - 1), " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING");
}

/// Whether what is cast is a single text.
fn of_literal(text: &Text<'_>, place: &TypePlace) -> bool {
    let (value, end) = match &place.cast {
        Some(Cast::Colons(operand)) => (text.token_at(*operand), place.tokens.start.saturating_sub(1)),
        Some(Cast::Call(name)) => (name + 2, place.tokens.start.saturating_sub(1)),
        None => return false,
    };
    text.kind(value) == Some(TokenKind::Text) && value + 1 == end
}

/// `d + INTERVAL '1 day, 2 months'`: one part after the other. Of a date only parts of a day make a timestamp.
fn plus_interval(text: &Text<'_>, edits: &mut Edits, at: usize, operand: usize) -> Option<usize> {
    let written = text_value(text.at(at + 2));
    if text.kind(at + 2) != Some(TokenKind::Text) || written.is_empty() {
        return None;
    }
    let sign = text.at(at);
    let first = text.token_at(operand);
    let chained = first > 0 && matches!(text.at(first - 1), "+" | "-");
    let mut closing = String::new();
    let mut opened = 0;
    for part in written.split(',').map(str::trim) {
        let unit = part.trim_start_matches(|c: char| !c.is_alphabetic()).to_lowercase();
        let unit = PARTS.iter().find_map(|(short, full)| (*short == unit || *full == unit).then_some(*full));
        let unit = unit.or_else(|| written.split_whitespace().nth(1).is_none().then_some("second"));
        let amount: String = part.chars().filter(|c| !c.is_alphabetic() && !c.is_whitespace()).collect();
        let interval = format!("INTERVAL '{amount} {}'", unit?);
        if !chained && matches!(unit, Some("day" | "week" | "month" | "quarter" | "year")) {
            opened += 1;
            closing.push_str(&format!(", {}{interval})", if sign == "-" { "-" } else { "" }));
        } else {
            closing.push_str(&format!(" {sign} {interval}"));
        }
    }
    edits.around(operand..text.end(at - 1), format!("{SCHEMA}.date_plus(").repeat(opened), "");
    edits.replace(text.start(at)..text.end(at + 2), closing);
    Some(at + 3)
}

/// `s.NEXTVAL`: gives the token after it.
fn sequence(text: &Text<'_>, edits: &mut Edits, at: usize) -> Option<usize> {
    if at > 0 && text.at(at - 1) == "." {
        return None;
    }
    let mut last = at;
    while text.at(last + 1) == "." && text.is_name(last + 2) {
        last += 2;
    }
    if last == at || !text.is(last, "NEXTVAL") || text.at(last + 1) == "(" {
        return None;
    }
    let name = text.text(&(at..last - 1)).to_owned();
    edits.replace(text.start(at)..text.end(last), format!("nextval({})", literal(&name)));
    Some(last + 1)
}

/// `FROM VALUES (…), (…) [AS t [(a, b)]]`: in brackets, with Snowflake's names of columns.
fn values(text: &Text<'_>, edits: &mut Edits, at: usize) {
    let mut end = at + 1;
    if text.at(end) != "(" {
        return;
    }
    let columns = text.arguments(end).len();
    loop {
        end = text.partner(end) + 1;
        if text.at(end) == "," && text.at(end + 1) == "(" {
            end += 1;
        } else {
            break;
        }
    }
    let bracketed = text.at(at - 1) == "(";
    if !bracketed {
        edits.around(text.start(at)..text.end(end - 1), "(", ")");
    }
    let mut alias = if bracketed { end + 1 } else { end };
    if text.is(alias, "AS") {
        alias += 1;
    }
    let names: Vec<String> = (1..=columns).map(|n| format!("column{n}")).collect();
    let names = format!("({})", names.join(", "));
    let after = text.upper(alias);
    let named = text.is_name(alias)
        && ![
            "WHERE", "GROUP", "ORDER", "LIMIT", "JOIN", "LEFT", "INNER", "CROSS", "QUALIFY", "UNION", "ON", "HAVING",
            "RIGHT", "FULL",
        ]
        .contains(&after.as_str());
    if named && text.at(alias + 1) == "(" {
        return;
    }
    if named {
        edits.close(text.end(alias), names);
    } else {
        let end = if bracketed { end } else { end - 1 };
        edits.around(text.end(end)..text.end(end), String::new(), format!(" AS values_{names}"));
    }
    for (i, token) in text.tokens.iter().enumerate() {
        if token.kind == TokenKind::Param
            && let Some(number) = text.at(i).strip_prefix('$')
            && number.parse::<usize>().is_ok_and(|n| n <= columns)
        {
            edits.replace(token.start..token.end, format!("column{number}"));
        }
    }
}

/// `SAMPLE [BERNOULLI|ROW|SYSTEM|BLOCK] (n [ROWS]) [SEED|REPEATABLE (s)]`
fn sample(text: &Text<'_>, edits: &mut Edits, at: usize) {
    edits.replace(text.start(at)..text.end(at), "TABLESAMPLE");
    let mut open = at + 1;
    match text.upper(open).as_str() {
        "ROW" => edits.replace(text.start(open)..text.end(open), "bernoulli"),
        "BLOCK" => edits.replace(text.start(open)..text.end(open), "system"),
        _ => {}
    }
    if text.at(open) != "(" {
        open += 1;
    }
    if text.at(open) != "(" {
        return;
    }
    let close = text.partner(open);
    if !text.is(close - 1, "ROWS") {
        edits.close(text.end(close - 1), " PERCENT");
    }
    if text.is(close + 1, "SEED") {
        edits.replace(text.start(close + 1)..text.end(close + 1), "REPEATABLE");
    }
}

/// CREATE: what is about storage goes, the rest stays.
fn create(text: &Text<'_>, edits: &mut Edits) -> Result<(), Untranslated> {
    let table = (0..text.len().min(8)).find(|&at| text.is(at, "TABLE") || text.is(at, "VIEW"));
    let Some(table) = table else { return Ok(()) };
    for at in 1..table {
        match text.upper(at).as_str() {
            "TRANSIENT" | "SECURE" | "LOCAL" | "GLOBAL" => edits.replace(text.start(at)..text.end(at), String::new()),
            "VOLATILE" => edits.replace(text.start(at)..text.end(at), "TEMPORARY"),
            _ => {}
        }
    }
    let mut depth = 0;
    let mut at = table;
    while at < text.len() {
        match text.at(at) {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        let remove = |edits: &mut Edits, to: usize| edits.replace(text.start(at)..text.end(to), String::new());
        match (depth, text.upper(at).as_str()) {
            (0, "AS") => break,
            (0, "CLUSTER") if text.is(at + 1, "BY") => {
                let close = text.partner(at + 2);
                remove(edits, close);
                at = close;
            }
            (0, "COPY") if text.is(at + 1, "GRANTS") => remove(edits, at + 1),
            (
                0,
                "COMMENT"
                | "DATA_RETENTION_TIME_IN_DAYS"
                | "CHANGE_TRACKING"
                | "MAX_DATA_EXTENSION_TIME_IN_DAYS"
                | "ENABLE_SCHEMA_EVOLUTION",
            ) if text.at(at + 1) == "=" => {
                remove(edits, at + 2);
                at += 2;
            }
            (0, "CLONE" | "LIKE") => {
                let limit = if text.is(at, "LIKE") { " LIMIT 0" } else { "" };
                edits.replace(text.start(at)..text.end(at), "AS FROM");
                edits.close(text.sql.trim_end().len(), limit);
                break;
            }
            (1, "AUTOINCREMENT" | "IDENTITY") if !(text.is(at - 1, "AS")) => {
                let end = autoincrement(text, edits, at);
                at = end;
            }
            (1, "COMMENT") if text.kind(at + 1) == Some(TokenKind::Text) => remove(edits, at + 1),
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// `AUTOINCREMENT [(1, 2) | START 1 INCREMENT 2] [ORDER | NOORDER]`: gives its last token.
fn autoincrement(text: &Text<'_>, edits: &mut Edits, at: usize) -> usize {
    let mut end = at + 1;
    let mut numbers = Vec::new();
    while text.kind(end) == Some(TokenKind::Number)
        || ["(", "START", "WITH", "INCREMENT", "BY", "=", "ORDER", "NOORDER"].iter().any(|word| text.is(end, word))
        || !numbers.is_empty() && numbers.len() < 3 && matches!(text.at(end), "," | ")") && text.at(at + 1) == "("
    {
        if text.kind(end) == Some(TokenKind::Number) {
            numbers.push(text.at(end));
        }
        let closes = text.at(end) == ")";
        end += 1;
        if closes {
            break;
        }
    }
    let options = match numbers.as_slice() {
        [start, step, ..] => format!(" (START WITH {start} INCREMENT BY {step})"),
        [start] => format!(" (START WITH {start})"),
        [] => String::new(),
    };
    edits.replace(text.start(at)..text.end(end - 1), format!("GENERATED BY DEFAULT AS IDENTITY{options}"));
    end - 1
}

/// What SHOW and DESCRIBE TABLE list, as queries with the main columns of Snowflake's answers.
fn shown(text: &Text<'_>) -> Result<Option<String>, Untranslated> {
    let mut at = 1;
    if text.is(at, "TERSE") {
        at += 1;
    }
    let what = text.upper(at);
    let mut pattern = String::new();
    let mut scope: Option<(String, String)> = None;
    let mut next = at + 1;
    if text.is(next, "LIKE") && text.kind(next + 1) == Some(TokenKind::Text) {
        pattern = text_value(text.at(next + 1));
        next += 2;
    }
    if text.is(next, "IN") {
        next += 1;
        let kind = text.upper(next);
        let kind = if ["TABLE", "SCHEMA", "DATABASE", "ACCOUNT", "VIEW"].contains(&kind.as_str()) {
            next += 1;
            kind
        } else {
            String::new()
        };
        let last = (next..text.len()).rev().find(|&i| text.is_name(i)).unwrap_or(next);
        scope = Some((kind, crate::name::unquote(text.at(last))));
    }
    let like = |column: &str| {
        if pattern.is_empty() { String::new() } else { format!(" AND {column} ILIKE {}", literal(&pattern)) }
    };
    let within = |column: &str| match &scope {
        Some((kind, name)) if kind != "DATABASE" && kind != "ACCOUNT" && !name.is_empty() => {
            format!(" AND lower({column}) = lower({})", literal(name))
        }
        _ => String::new(),
    };
    Ok(Some(match what.as_str() {
        "TABLES" | "VIEWS" | "OBJECTS" => {
            let kind = match what.as_str() {
                "TABLES" => " AND table_type IN ('BASE TABLE', 'LOCAL TEMPORARY')",
                "VIEWS" => " AND table_type = 'VIEW'",
                _ => "",
            };
            format!(
                "SELECT NULL::TIMESTAMPTZ AS created_on, table_name AS name, table_catalog AS database_name, table_schema AS schema_name, \
                 CASE table_type WHEN 'BASE TABLE' THEN 'TABLE' WHEN 'VIEW' THEN 'VIEW' ELSE 'TEMPORARY' END AS kind, \
                 coalesce(table_comment, '') AS comment FROM information_schema.tables \
                 WHERE table_schema NOT IN ('information_schema', 'pg_catalog'){kind}{}{} ORDER BY schema_name, name",
                like("table_name"),
                within("table_schema")
            )
        }
        "SCHEMAS" => format!(
            "SELECT NULL::TIMESTAMPTZ AS created_on, schema_name AS name, catalog_name AS database_name, \
             CASE schema_name WHEN 'main' THEN 'Y' ELSE 'N' END AS is_current FROM information_schema.schemata \
             WHERE catalog_name NOT IN ('system', 'temp'){} ORDER BY name",
            like("schema_name")
        ),
        "COLUMNS" => format!(
            "SELECT table_name, table_schema AS schema_name, column_name, {SCHEMA}.type_name(data_type) AS data_type, is_nullable AS \"null?\", column_default AS \"default\", \
             'COLUMN' AS kind, table_catalog AS database_name FROM information_schema.columns \
             WHERE table_schema NOT IN ('information_schema', 'pg_catalog'){}{} ORDER BY schema_name, table_name, ordinal_position",
            like("column_name"),
            within("table_name")
        ),
        "TABLE" | "VIEW" if !text.is(0, "SHOW") => format!(
            "SELECT column_name AS name, {SCHEMA}.type_name(column_type) AS type, 'COLUMN' AS kind, left(\"null\", 1) AS \"null?\", \"default\", \
             CASE WHEN key = 'PRI' THEN 'Y' ELSE 'N' END AS \"primary key\", CASE WHEN key = 'UNI' THEN 'Y' ELSE 'N' END AS \"unique key\" \
             FROM (DESCRIBE {})",
            text.text(&(at + 1..text.len()))
        ),
        "WAREHOUSES" | "STAGES" | "STREAMS" | "TASKS" | "PIPES" | "GRANTS" | "ROLES" | "USERS" | "PROCEDURES" => {
            return Err(text.untranslated(at, format!("SHOW {what}")));
        }
        _ => return Ok(None),
    }))
}
