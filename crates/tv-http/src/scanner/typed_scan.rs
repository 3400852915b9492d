//! Scans whose rows are read as types of the caller, without cells between.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, IgnoredAny, IntoDeserializer,
        value::{MapAccessDeserializer, StrDeserializer},
    },
};

use super::{Column, Scan, ScanPage};
use crate::wire::{Answer, AnswerError, Endpoint, Paged, Request, RequestError};

/// A scan whose rows become values of a type. Made by [`Scan::typed`].
pub struct TypedScan<T> {
    scan: Scan,
    rows: PhantomData<fn() -> T>,
}

/// A page of a [`TypedScan`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct TypedPage<T> {
    /// How many rows match, on all pages. There is one for each listing, not for each company.
    pub total_count: Option<i64>,
    /// The rows, in the server's order.
    pub rows: Vec<T>,
}

impl Scan {
    /// The same scan, whose rows become values of a type: a field for each column that is wanted,
    /// by the column's name, and `symbol` for the symbol. Columns without a value need an
    /// `Option`.
    ///
    /// It is faster than [`ScanPage::typed`], because it makes no cells, and keeps nothing that the
    /// type has no field for.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use tv_http::{scanner::{Market, Scan}, wire::{Answer, Endpoint}};
    ///
    /// #[derive(Deserialize)]
    /// struct Share {
    ///     symbol: String,
    ///     close: f64,
    ///     #[serde(rename = "RSI|60")]
    ///     rsi: Option<f64>,
    /// }
    ///
    /// let scan = Scan::new(Market::AMERICA).select(["close", "RSI|60"]).typed::<Share>();
    /// let body = r#"{"totalCount":1,"data":[{"s":"NASDAQ:AAPL","d":[258.83,null]}]}"#;
    /// let page = scan.parse(&Answer::new(200, body))?;
    /// assert_eq!((page.rows[0].symbol.as_str(), page.rows[0].close), ("NASDAQ:AAPL", 258.83));
    /// assert_eq!(page.rows[0].rsi, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn typed<T: DeserializeOwned>(self) -> TypedScan<T> {
        TypedScan {
            scan: self,
            rows: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Endpoint for TypedScan<T> {
    type Output = TypedPage<T>;

    fn request(&self) -> Result<Request, RequestError> {
        self.scan.request()
    }

    /// Fails also if a row has a value of another kind, or none where one is needed.
    fn parse(&self, answer: &Answer) -> Result<TypedPage<T>, AnswerError> {
        // What this way cannot read, the other can, or says why not.
        let columns = self.scan.body.columns.as_slice();
        if let Some(page) = answer.fast_seed(PageSeed::<T>::new(columns)) {
            return Ok(page);
        }
        let page: ScanPage = self.scan.parse(answer)?;
        let rows = page.typed().map_err(|error| answer.malformed(error))?;
        Ok(TypedPage {
            total_count: page.total_count,
            rows,
        })
    }
}

impl<T: DeserializeOwned> Paged for TypedScan<T> {
    /// The scan of the rows after a page, or `None` if there are no more. It has as many rows as
    /// this one.
    fn next_page(&self, page: &TypedPage<T>) -> Option<Self> {
        let next = self.scan.after(page.total_count, page.rows.len())?;
        Some(next.typed())
    }
}

impl<T> Clone for TypedScan<T> {
    fn clone(&self) -> Self {
        Self {
            scan: self.scan.clone(),
            rows: PhantomData,
        }
    }
}

impl<T> fmt::Debug for TypedScan<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("TypedScan").field(&self.scan).finish()
    }
}

/// Reads a page of the first form without errors.
struct PageSeed<'a, T> {
    columns: &'a [Column],
    rows: PhantomData<fn() -> T>,
}

impl<'a, T> PageSeed<'a, T> {
    fn new(columns: &'a [Column]) -> Self {
        Self {
            columns,
            rows: PhantomData,
        }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for PageSeed<'_, T> {
    type Value = TypedPage<T>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<TypedPage<T>, D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for PageSeed<'_, T> {
    type Value = TypedPage<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut fields: A) -> Result<TypedPage<T>, A::Error> {
        let (mut rows, mut total_count) = (None, None);
        while let Some(key) = fields.next_key::<Text<'_>>()? {
            match &*key.0 {
                "data" if rows.is_none() => {
                    rows = Some(fields.next_value_seed(RowsSeed(self.columns, PhantomData))?);
                }
                "totalCount" => total_count = fields.next_value()?,
                "data" | "error" | "symbols" | "fields" => {
                    return Err(de::Error::custom("not a plain scan"));
                }
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        let rows = rows.ok_or_else(|| de::Error::missing_field("data"))?;
        Ok(TypedPage { total_count, rows })
    }
}

/// Reads the list of rows.
struct RowsSeed<'a, T>(&'a [Column], PhantomData<fn() -> T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for RowsSeed<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Vec<T>, D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for RowsSeed<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of rows")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = items.next_element_seed(RowSeed(self.0, PhantomData))? {
            rows.push(row);
        }
        Ok(rows)
    }
}

/// Reads a row whose symbol comes before its values.
struct RowSeed<'a, T>(&'a [Column], PhantomData<fn() -> T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for RowSeed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<T, D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for RowSeed<'_, T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a row")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let (mut symbol, mut row) = (None, None);
        while let Some(key) = fields.next_key::<Text<'_>>()? {
            match (&*key.0, &symbol) {
                ("s", None) => symbol = Some(fields.next_value::<Text<'_>>()?.0),
                ("d", Some(symbol)) if row.is_none() => {
                    let columns = self.0;
                    row = Some(fields.next_value_seed(CellsSeed {
                        symbol,
                        columns,
                        row: PhantomData,
                    })?);
                }
                ("s" | "d", _) => return Err(de::Error::custom("not a plain row")),
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        row.ok_or_else(|| de::Error::missing_field("d"))
    }
}

/// Reads the values of a row as a map from the names of the columns.
struct CellsSeed<'a, T> {
    symbol: &'a str,
    columns: &'a [Column],
    row: PhantomData<fn() -> T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for CellsSeed<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<T, D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for CellsSeed<'_, T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of values")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut cells: A) -> Result<T, A::Error> {
        let row = T::deserialize(MapAccessDeserializer::new(Cells {
            symbol: Some(self.symbol),
            named: None,
            columns: self.columns.iter(),
            cells: &mut cells,
        }))?;
        // Values that are not asked for.
        while cells.next_element::<IgnoredAny>()?.is_some() {}
        Ok(row)
    }
}

/// The symbol and the values of a row, by name.
struct Cells<'a, 'b, A> {
    /// The symbol, until its name was given.
    symbol: Option<&'a str>,
    /// The symbol whose name was given last.
    named: Option<&'a str>,
    columns: std::slice::Iter<'a, Column>,
    cells: &'b mut A,
}

impl<'de, A: de::SeqAccess<'de>> de::MapAccess<'de> for Cells<'_, '_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.named = self.symbol.take();
        let name = match self.named {
            Some(_) => "symbol",
            None => match self.columns.next() {
                Some(column) => column.name(),
                None => return Ok(None),
            },
        };
        let name: StrDeserializer<'_, A::Error> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        if let Some(symbol) = self.named.take() {
            let symbol: StrDeserializer<'_, A::Error> = symbol.into_deserializer();
            return seed.deserialize(symbol);
        }
        // A row without all columns: the other way says what is missing.
        let cell = self.cells.next_element_seed(seed)?;
        cell.ok_or_else(|| de::Error::custom("fewer values than columns"))
    }
}

/// A text that is borrowed if it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        source.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::scanner::Market;

    #[derive(Clone, Debug, PartialEq, Deserialize)]
    struct Share {
        symbol: String,
        close: Option<f64>,
        volume: u64,
        #[serde(rename = "type")]
        kind: Option<String>,
        #[serde(default)]
        typespecs: Option<Vec<String>>,
    }

    fn scan() -> Scan {
        let columns = ["close", "volume", "type", "name", "typespecs"];
        Scan::new(Market::AMERICA).select(columns).range(0, 2)
    }

    fn both(
        body: &str,
    ) -> (
        Result<TypedPage<Share>, AnswerError>,
        Option<TypedPage<Share>>,
    ) {
        let answer = Answer::new(200, body);
        let scan = scan();
        let quick = answer.fast_seed(PageSeed::<Share>::new(&scan.body.columns));
        (scan.typed().parse(&answer), quick)
    }

    #[test]
    fn rows_are_read_without_cells_where_all_is_plain() {
        let body = r#"{"totalCount":7,"params":{"a":[1]},"data":[
            {"s":"A:B","d":[1.5,20,"stock","n",["common"]]},
            {"s":"A\u003aC","more":null,"d":[null,0,null,null,null,"unknown"]}]}"#;
        let (page, quick) = both(body);
        let share = |symbol: &str, close, volume, kind: Option<&str>, typespecs| Share {
            symbol: symbol.to_owned(),
            close,
            volume,
            kind: kind.map(str::to_owned),
            typespecs,
        };
        let first = share(
            "A:B",
            Some(1.5),
            20,
            Some("stock"),
            Some(vec!["common".to_owned()]),
        );
        let expected = TypedPage {
            total_count: Some(7),
            rows: vec![first, share("A:C", None, 0, None, None)],
        };
        assert_eq!(quick.as_ref(), Some(&expected));
        assert_eq!(page, Ok(expected));
    }

    #[test]
    fn what_is_not_plain_is_read_all_the_same() {
        let one = |body: &str| {
            let (page, quick) = both(body);
            assert_eq!(quick, None, "{body}");
            page
        };
        for body in [
            // A whole number that is written as a fraction, and values before their symbol.
            r#"{"data":[{"s":"A:B","d":[1,5.0,null,null,null]}]}"#,
            r#"{"data":[{"d":[1,5,null,null,null],"s":"A:B"}]}"#,
            r#"{"fields":["close","volume"],"symbols":[{"s":"A:B","f":[1,5]}]}"#,
            r#"{"data":[{"s":"A:B","d":[1,5]}]}"#,
        ] {
            let page = one(body).unwrap();
            let [share] = &page.rows[..] else {
                panic!("{body}")
            };
            assert_eq!(
                (share.symbol.as_str(), share.close, share.volume),
                ("A:B", Some(1.0), 5)
            );
        }
        let error = one(r#"{"totalCount":0,"error":"Unknown field","data":null}"#).unwrap_err();
        assert!(matches!(error, AnswerError::Refused { .. }), "{error}");
        let error = one(r#"{"data":[{"s":"A:B","d":[1,null,null,null,null]}]}"#).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("row 0 (A:B) does not fit the type"),
            "{error}"
        );
        assert!(one("<html><title>Captcha Challenge</title></html>").is_err());
        assert!(one(r#"{"data":[]} x"#).is_err());
    }

    #[test]
    fn pages_follow_as_those_of_the_scan_do() {
        let body = r#"{"totalCount":3,"data":[{"s":"A:B","d":[1,5]},{"s":"A:C","d":[1,5]}]}"#;
        let scan = scan().typed::<Share>();
        let page = scan.parse(&Answer::new(200, body)).unwrap();
        let next = scan.next_page(&page).unwrap();
        let sent: Value = serde_json::from_str(&next.scan.body()).unwrap();
        assert_eq!(sent["range"], json!([2, 4]));
        assert!(
            next.next_page(&TypedPage {
                total_count: Some(3),
                rows: page.rows[..1].to_vec()
            })
            .is_none()
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            (-1e9..1e9_f64).prop_map(Value::from),
            "[a-z\"]{0,4}".prop_map(Value::from),
            Just(json!(["x", null])),
        ]
    }

    proptest! {
        #[test]
        fn both_ways_of_reading_give_the_same_rows(
            rows in proptest::collection::vec(proptest::collection::vec(value(), 0..4), 0..4)
        ) {
            type Row = (String, Option<f64>, Option<String>);
            #[derive(Clone, Debug, PartialEq, Deserialize)]
            struct Loose { symbol: String, close: Option<f64>, name: Option<String> }
            let row = |loose: Loose| -> Row { (loose.symbol, loose.close, loose.name) };
            let data: Vec<Value> = rows.iter().map(|cells| json!({"s": "A:B", "d": cells})).collect();
            let answer = Answer::new(200, json!({"data": data}).to_string());
            let scan = Scan::new(Market::AMERICA).select(["close", "name"]);
            let slow = scan.parse(&answer).unwrap().typed::<Loose>().ok();
            let quick = scan.typed::<Loose>().parse(&answer).ok().map(|page| page.rows);
            let rows = |rows: Vec<Loose>| rows.into_iter().map(row).collect::<Vec<_>>();
            prop_assert_eq!(quick.map(rows), slow.map(rows));
        }
    }
}
