//! What a scan asks for.

use serde_json::{Map, Value};

use super::{
    filter::{Condition, Tree},
    presets::preset,
    refusal::Refusal,
};
use crate::values::Column;

/// How many rows an answer has if no range was asked for.
const ROWS: usize = 50;

/// What a scan asks for.
#[derive(Debug)]
pub(super) struct Asked {
    /// The columns as they were named.
    pub(super) names: Vec<String>,
    /// None for one that is unknown, where that is tolerated.
    pub(super) columns: Vec<Option<Column>>,
    pub(super) conditions: Vec<Condition>,
    pub(super) tree: Option<Tree>,
    pub(super) sort: Option<Sort>,
    /// The first row, and the one after the last.
    pub(super) range: (usize, usize),
    pub(super) markets: Vec<String>,
    pub(super) tickers: Vec<String>,
    pub(super) kinds: Vec<String>,
    /// Indices whose members are asked for.
    pub(super) indices: Vec<String>,
    /// The symbols whose options are asked for, if that is said.
    pub(super) underlyings: Option<Vec<String>>,
    /// The preset as it was understood.
    pub(super) params: Option<Value>,
}

/// How rows are sorted.
#[derive(Debug)]
pub(super) struct Sort {
    pub(super) by: Column,
    pub(super) descends: bool,
    pub(super) nulls_first: bool,
}

impl Asked {
    /// Reads a body, whatever it is declared to be.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let mut body: Map<String, Value> = match body {
            [] => Map::new(),
            body => serde_json::from_slice(body)
                .map_err(|_| Refusal::malformed("the body is not a JSON object"))?,
        };
        let mut params = None;
        if let Some(name) = body.get("preset").and_then(Value::as_str) {
            let resolved =
                preset(name).ok_or_else(|| Refusal(format!("Unknown preset \"{name}\"")))?;
            params = Some(resolved.clone());
            // What is asked besides replaces what the preset says.
            if let Value::Object(mut resolved) = resolved {
                resolved.append(&mut body);
                body = resolved;
            }
        }
        let tolerant = body.get("ignore_unknown_fields") == Some(&Value::Bool(true));
        let names = texts(body.get("columns"));
        let columns = names.iter().map(|name| match Column::find(name) {
            None if !tolerant => Err(Refusal::unknown(name)),
            found => Ok(found),
        });
        let conditions = body
            .get("filter")
            .and_then(Value::as_array)
            .map(Vec::as_slice);
        let conditions = conditions.unwrap_or_default().iter().map(Condition::read);
        let tree = body
            .get("filter2")
            .filter(|tree| !is_empty(tree))
            .map(Tree::read);
        let symbols = body.get("symbols").cloned().unwrap_or_default();
        let groups = symbols
            .get("groups")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let indices = groups.iter().flat_map(|group| texts(group.get("values")));
        Ok(Self {
            columns: columns.collect::<Result<_, _>>()?,
            underlyings: underlyings(body.get("index_filters")),
            conditions: conditions.collect::<Result<_, _>>()?,
            tree: tree.transpose()?,
            sort: body
                .get("sort")
                .filter(|sort| !is_empty(sort))
                .map(Sort::read)
                .transpose()?,
            range: range(body.get("range"))?,
            markets: texts(body.get("markets")),
            tickers: texts(symbols.get("tickers")),
            kinds: texts(symbols.get("query").and_then(|query| query.get("types"))),
            indices: texts(symbols.get("symbolset"))
                .into_iter()
                .chain(indices)
                .collect(),
            params,
            names,
        })
    }
}

impl Sort {
    fn read(sort: &Value) -> Result<Self, Refusal> {
        let by = sort.get("sortBy").and_then(Value::as_str);
        let by = by.ok_or_else(|| Refusal::malformed("sortBy is not a text"))?;
        let descends = match sort.get("sortOrder").and_then(Value::as_str) {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(Refusal::malformed("sortOrder is asc or desc")),
        };
        Ok(Self {
            by: Column::find(by).ok_or_else(|| Refusal::unknown(by))?,
            descends,
            nulls_first: sort.get("nullsFirst") == Some(&Value::Bool(true)),
        })
    }
}

/// Whether nothing is said: null, or an object without anything in it.
fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    list.iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The values of the filter `underlying_symbol`.
fn underlyings(filters: Option<&Value>) -> Option<Vec<String>> {
    let mut filters = filters?.as_array()?.iter();
    let named = filters.find(|filter| filter["name"] == "underlying_symbol")?;
    Some(texts(named.get("values")))
}

fn range(range: Option<&Value>) -> Result<(usize, usize), Refusal> {
    let Some(range) = range.filter(|range| !range.is_null()) else {
        return Ok((0, ROWS));
    };
    let bound = |at: usize| usize::try_from(range.get(at)?.as_u64()?).ok();
    match (bound(0), bound(1)) {
        (Some(from), Some(to)) => Ok((from, to)),
        _ => Err(Refusal::malformed("a range has two numbers")),
    }
}
