//! How a scan is checked, sent, read and continued.

use super::{Catalogue, Column, Filter, LabelProduct, Scan, ScanPage};
use crate::{
    json::Item,
    wire::{Access, Answer, AnswerError, Endpoint, Host, Paged, Request, RequestError},
};

impl Scan {
    /// All columns that are named, those of conditions and of the order as well.
    fn named(&self) -> impl Iterator<Item = Column> {
        let body = &self.body;
        let filters = body.filter.iter().flat_map(Filter::columns);
        let tree = body.filter2.iter().flat_map(|tree| tree.0.columns());
        let sort = body.sort.iter().filter_map(|sort| sort.by.clone());
        body.columns
            .iter()
            .cloned()
            .chain(filters)
            .chain(tree)
            .chain(sort)
    }

    fn check(&self) -> Result<(), RequestError> {
        let catalogue = self
            .catalogue
            .as_deref()
            .unwrap_or_else(|| Catalogue::builtin());
        for column in self.named() {
            catalogue.check(&column)?;
        }
        let range = &self.body.range;
        if !range.is_empty() && !matches!(range[..], [start, end] if 0 <= start && start < end) {
            return Err(RequestError::Value {
                what: "the range of rows",
                found: format!("{range:?}"),
                reason: "it needs a start, and an end after it",
            });
        }
        if self.market.as_str().is_empty() || self.market.as_str().contains('/') {
            return Err(RequestError::Value {
                what: "the market",
                found: self.market.to_string(),
                reason: "use a name such as america, crypto or global",
            });
        }
        Ok(())
    }

    /// The scan of the rows after those of a page. All pages have `total` together.
    pub(super) fn after(&self, total: Option<i64>, rows: usize) -> Option<Self> {
        let row = |row: &i64| usize::try_from(*row).ok();
        let start = self.body.range.first().and_then(row).unwrap_or(0);
        let size = match self.body.range.get(1).and_then(row) {
            Some(end) => end.saturating_sub(start),
            None => rows,
        };
        let next = start + rows;
        let is_last = match total.and_then(|count| usize::try_from(count).ok()) {
            Some(total) => next >= total,
            // Without a count, a page that is not full was the last.
            None => rows < size,
        };
        (!is_last && rows > 0).then(|| self.clone().range(next, next + size))
    }
}

impl Endpoint for Scan {
    type Output = ScanPage;

    /// Fails if a column is not in the catalogue, or the range is empty.
    fn request(&self) -> Result<Request, RequestError> {
        self.check()?;
        let operation = if self.is_second { "scan2" } else { "scan" };
        let path = format!(
            "/{}/{operation}",
            crate::wire::escaped(self.market.as_str())
        );
        let request = Request::post_json(Host::Scanner, path, &self.body.write())
            .for_access(Access::Better)
            .repeatable();
        let label = self.label.as_ref().map(LabelProduct::as_str);
        Ok(request.with_some("label-product", label))
    }

    fn parse(&self, answer: &Answer) -> Result<ScanPage, AnswerError> {
        let mut page = ScanPage::parse(answer)?;
        if page.columns.is_empty() {
            page.columns.clone_from(&self.body.columns);
        }
        Ok(page)
    }
}

impl Paged for Scan {
    /// The scan of the rows after a page, or `None` if there are no more. It has as many rows as
    /// this one.
    fn next_page(&self, page: &ScanPage) -> Option<Self> {
        self.after(page.total_count, page.len())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::scanner::{Market, Order};

    fn body(scan: &Scan) -> Value {
        serde_json::from_str(&scan.body()).unwrap()
    }

    #[test]
    fn options_become_a_body() {
        let scan = Scan::new("america")
            .select(["name", "close"])
            .filter(Column::CLOSE.greater(10))
            .filter(Column::TYPE.equal("stock").or(Column::TYPE.equal("dr")))
            .filter(Column::RSI.less(30).or(Column::RSI.greater(70)))
            .sort("volume", Order::Descending)
            .nulls_first(false)
            .range(0, 50)
            .types(["stock"])
            .index("SP:SPX")
            .unwrap()
            .language("en")
            .convert_to("usd");
        let either = |left: Value, right: Value| {
            json!({"operation": {"operator": "or",
            "operands": [{"expression": left}, {"expression": right}]}})
        };
        let compare = |left: &str, operation: &str, right: Value| json!({"left": left, "operation": operation, "right": right});
        let filter2 = json!({"operator": "or", "operands": [
            {"expression": compare("type", "equal", json!("stock"))},
            {"expression": compare("type", "equal", json!("dr"))},
        ]});
        let second = either(
            compare("RSI", "less", json!(30)),
            compare("RSI", "greater", json!(70)),
        );
        assert_eq!(
            body(&scan),
            json!({
                "columns": ["name", "close"],
                "filter": [compare("close", "greater", json!(10))],
                "filter2": {"operator": "and", "operands": [{"operation": filter2}, second]},
                "sort": {"sortBy": "volume", "sortOrder": "desc", "nullsFirst": false},
                "range": [0, 50],
                "symbols": {"query": {"types": ["stock"]}, "symbolset": ["SYML:SP;SPX"]},
                "markets": ["america"],
                "options": {"lang": "en"},
                "price_conversion": {"to_currency": "usd"},
            })
        );
        assert!(scan.request().is_ok());
    }

    #[test]
    fn a_misspelled_column_is_refused_wherever_it_stands() {
        let scan = || Scan::new(Market::AMERICA);
        for scan in [
            scan().select(["clsoe"]),
            scan().filter(Column::from("clsoe").greater(1)),
            scan().filter(Column::CLOSE.greater(Column::from("clsoe"))),
            scan().filter(
                Column::CLOSE
                    .less(1)
                    .or(Column::from("close,clsoe").less(1)),
            ),
            scan().sort("clsoe", Order::Ascending),
        ] {
            let error = scan.request().unwrap_err();
            let RequestError::UnknownColumn { name, candidates } = &error else {
                panic!("{error}");
            };
            assert_eq!((name.as_str(), candidates[0].as_str()), ("clsoe", "close"));
        }
        assert!(scan().select([Column::raw("clsoe")]).request().is_ok());
        assert!(scan().range(5, 5).request().is_err());
        assert!(Scan::new("a/b").request().is_err());
    }

    #[test]
    fn pages_follow_until_the_total() {
        let scan = Scan::new("crypto").range(100, 102);
        let page = |text: &str| scan.parse(&Answer::new(200, text)).unwrap();
        let full = r#"[{"s":"A:A","d":[]},{"s":"A:B","d":[]}]"#;
        let next = scan
            .next_page(&page(&format!(r#"{{"totalCount":103,"data":{full}}}"#)))
            .unwrap();
        assert_eq!(body(&next)["range"], json!([102, 104]));
        for last in [
            format!(r#"{{"totalCount":102,"data":{full}}}"#),
            r#"{"totalCount":999,"data":[]}"#.to_owned(),
            r#"{"data":[{"s":"A:A","d":[]}]}"#.to_owned(),
            "{}".to_owned(),
        ] {
            assert_eq!(scan.next_page(&page(&last)), None, "{last}");
        }
        assert!(
            scan.next_page(&page(&format!(r#"{{"data":{full}}}"#)))
                .is_some()
        );
    }

    #[test]
    fn an_index_needs_an_exchange() {
        let error = Scan::new("america").index("SPX").unwrap_err();
        assert!(error.to_string().contains("SP:SPX"), "{error}");
        assert!(Scan::from_body("america", "[]").is_err());
    }
}
