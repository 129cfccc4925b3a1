use super::param::{binary, text};
use hatidata_core::{SqlType, Value};

fn list(item: SqlType, values: Vec<Value>) -> Value {
    Value::List(item, values)
}

fn list_of(item: SqlType) -> SqlType {
    SqlType::List(Box::new(item))
}

fn texts(values: &[&str]) -> Vec<Value> {
    values.iter().map(|value| Value::Text((*value).to_owned())).collect()
}

#[test]
fn array_literals() {
    let text_array = |values| list(SqlType::Varchar, values);
    for (given, expected) in [
        ("{a, b ,c d}", text_array(texts(&["a", "b", "c d"]))),
        ("[2:3]={1,2}", text_array(texts(&["1", "2"]))),
        ("{\"a\\\"b\\\\c\"}", text_array(texts(&["a\"b\\c"]))),
        ("{a\\,b}", text_array(texts(&["a,b"]))),
        (" { } ", text_array(vec![])),
        ("{ a\\  }", text_array(texts(&["a "]))),
        ("{\"\"}", text_array(texts(&[""]))),
        ("{\\N}", text_array(texts(&["N"]))),
    ] {
        assert_eq!(text(1009, &SqlType::Unknown, given), Ok(expected), "{given}");
    }
    let mut with_nulls = texts(&["a", "", "", "NULL"]);
    with_nulls[1] = Value::Null;
    with_nulls[2] = Value::Null;
    assert_eq!(text(1009, &SqlType::Unknown, "{ \"a\" , NULL, null, \"NULL\" }"), Ok(text_array(with_nulls)));

    let ints = |values: &[i64]| list(SqlType::Integer, values.iter().copied().map(Value::Int).collect());
    assert_eq!(
        text(1007, &SqlType::Unknown, "{{1,2},{3,4}}"),
        Ok(list(list_of(SqlType::Integer), vec![ints(&[1, 2]), ints(&[3, 4])]))
    );
    // DuckDB's lists may be ragged.
    assert_eq!(
        text(0, &list_of(list_of(SqlType::Integer)), "{{},{3,4,5}}"),
        Ok(list(list_of(SqlType::Integer), vec![ints(&[]), ints(&[3, 4, 5])]))
    );
    assert_eq!(text(0, &list_of(list_of(SqlType::Integer)), "{}"), Ok(list(list_of(SqlType::Integer), vec![])));
    assert_eq!(text(0, &list_of(SqlType::TinyInt), "{1}"), Ok(list(SqlType::TinyInt, vec![Value::Int(1)])));
    assert_eq!(
        text(1231, &SqlType::Unknown, "{1.25,100}"),
        Ok(list(SqlType::Decimal { width: 5, scale: 2 }, vec![Value::Decimal(125, 3, 2), Value::Decimal(100, 3, 0)]))
    );
    for given in [
        "{a", "{a}x", "{a,}", "{,a}", "{\"a\"b}", "{a\"b\"}", "{{a},b}", "", "{a,{b}}", "a", "{\"a", "{a\\", "[x]={1}",
        "[1",
    ] {
        let error = text(1009, &SqlType::Unknown, given).unwrap_err();
        assert_eq!(error.sqlstate, "22P02", "{given}");
        assert!(error.message.starts_with("malformed array literal: "), "{}", error.message);
    }
    assert_eq!(text(1007, &SqlType::Unknown, "{x}").unwrap_err().sqlstate, "22P02");
    assert_eq!(text(1007, &SqlType::Unknown, "{{{{{{{1}}}}}}}").unwrap_err().sqlstate, "54000");
}

#[test]
fn binary_arrays() {
    let ints = |values: &[i64]| list(SqlType::Integer, values.iter().copied().map(Value::Int).collect());
    assert_eq!(
        binary(
            1007,
            "000000020000000000000017000000020000000100000002000000010000000400000001000000040000000200000004000000030000000400000004"
        ),
        Ok(list(list_of(SqlType::Integer), vec![ints(&[1, 2]), ints(&[3, 4])]))
    );
    assert_eq!(
        binary(1009, "00000001000000010000001900000002000000010000000161ffffffff"),
        Ok(list(SqlType::Varchar, vec![Value::Text("a".to_owned()), Value::Null]))
    );
    assert_eq!(binary(1007, "000000000000000000000017"), Ok(ints(&[])));
}
