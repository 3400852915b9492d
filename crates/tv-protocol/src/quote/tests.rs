use super::*;
use crate::json::{Json, JsonText, Text};

#[test]
fn names_are_distinct_and_come_back() {
    let mut names: Vec<_> = QuoteField::KNOWN.iter().map(QuoteField::name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), QuoteField::KNOWN.len());
    for field in QuoteField::KNOWN {
        assert_eq!(&QuoteField::from_name(Text::from(field.name())), field);
    }
    for (place, name) in QuoteField::NAMES.iter().enumerate() {
        let read = QuoteField::read(format!("{name}\":1.5,\"more\":").as_bytes());
        let expected = (name.len() < 16).then(|| (u8::try_from(place).unwrap(), name.len()));
        assert_eq!(read, expected, "{name}");
        for other in [
            format!("{name}\0\":1234567890123456"),
            format!("{name}_\":1234567890123456"),
        ] {
            let read = QuoteField::read(other.as_bytes());
            assert!(read.is_none_or(|(_, len)| len > name.len()), "{other}");
        }
    }
    assert_eq!(
        QuoteField::read(b"lp\""),
        None,
        "too near to the end to read words"
    );
    for name in ALL_FIELDS.into_iter().chain(TVKIT_FIELDS) {
        assert!(
            !matches!(QuoteField::from_name(name.into()), QuoteField::Other(_)),
            "{name}"
        );
    }
}

#[test]
fn partial_updates_add_up_and_null_takes_away() {
    let mut quote = Quote::default();
    quote.merge([
        (QuoteField::Last, QuoteValue::Number(10.5)),
        (QuoteField::Volume, QuoteValue::Number(1e100)),
    ]);
    assert_eq!((quote.last(), quote.volume()), (Some(10.5), None));
    quote.merge([(QuoteField::Volume, QuoteValue::Number(3.0))]);
    quote.merge([(QuoteField::Last, QuoteValue::None)]);
    assert_eq!((quote.last(), quote.volume()), (None, Some(3.0)));
    assert_eq!(quote.get(&QuoteField::Last), Some(&QuoteValue::None));
}

#[test]
fn fields_come_in_their_order_however_they_were_merged() {
    let other = |name: &str| QuoteField::from_name(name.to_owned().into());
    let update = [
        (
            other("trades"),
            QuoteValue::Json(JsonText::from(&Json::from(1.5))),
        ),
        (QuoteField::Ask, QuoteValue::Number(2.0)),
        (other("a_new_field"), QuoteValue::Bool(true)),
        (QuoteField::Description, QuoteValue::Text("a text".into())),
        (QuoteField::Last, QuoteValue::Number(1.0)),
    ];
    let (mut one, mut backwards, mut newer) =
        (Quote::default(), Quote::default(), Quote::default());
    one.merge(update.clone());
    backwards.merge(update.clone().into_iter().rev());
    newer.merge([(QuoteField::Last, QuoteValue::None)]);
    newer.merge_newer(one.clone());
    let names: Vec<_> = one
        .fields()
        .map(|(field, _)| field.name().to_owned())
        .collect();
    assert_eq!(names, ["lp", "ask", "description", "a_new_field", "trades"]);
    assert_eq!((&one, one.len()), (&backwards, 5));
    assert_eq!(one, newer);
    for (field, value) in &update {
        assert_eq!(one.get(field), Some(value));
    }
    assert_eq!(one.get(&QuoteField::Bid), None);
    assert_eq!(one.get(&other("bid_of_another")), None);
    assert_ne!(one, Quote::default());
    let json = serde_json::to_string(&one).unwrap();
    assert_eq!(
        json,
        r#"{"lp":1.0,"ask":2.0,"description":"a text","a_new_field":true,"trades":1.5}"#
    );
}
