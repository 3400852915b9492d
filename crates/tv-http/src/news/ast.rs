//! Texts as trees.

use protocol::json::Json;
use serde_json::Value;

use crate::json::{Item, Place, Reading, Surprise, record, words};

words! {
    /// The kind of a part of a text.
    pub enum NodeKind {
        /// The whole.
        Root = "root",
        /// A paragraph.
        Paragraph = "p",
        /// Bold.
        Bold = "b",
        /// Italic.
        Italic = "i",
        /// A line break.
        Break = "br",
        /// A list.
        List = "list",
        /// An item of a list.
        ListItem = "*",
        /// A link.
        Link = "url",
        /// A symbol.
        Symbol = "symbol",
        /// A picture.
        Image = "news-image",
        /// A table.
        Table = "table",
        /// A row of a table.
        TableRow = "table-row",
        /// A cell of a table's head.
        TableHeader = "table-header-cell",
        /// A cell of a table.
        TableCell = "table-data-cell",
        /// A quotation.
        Quote = "quote",
    }
}

/// A part of a text: plain, or with a kind and parts of its own.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Plain text.
    Text(String),
    /// A part with a kind.
    Tree(Tree),
    /// Something else, as it came.
    Other(Json),
}

record! {
    /// A text or a part of it.
    pub struct Tree {
        /// The kind.
        kind: Option<NodeKind> = "type",
        /// What belongs to the kind: the address of a link, the name of a symbol.
        params: Option<Json> = "params",
        /// The parts.
        children: Vec<Node> = "children",
    }
}

impl Tree {
    /// The text without its form: paragraphs and breaks end a line, symbols are written by name,
    /// links by their words and address, pictures are left out.
    ///
    /// ```
    /// use tv_http::news::Tree;
    ///
    /// let tree: Tree = serde_json::from_str(
    ///     r#"{"type":"root","children":[{"type":"p","children":["Buy ",
    ///         {"type":"symbol","params":{"symbol":"NASDAQ:AAPL","text":"AAPL"}}]}]}"#,
    /// )?;
    /// assert_eq!(tree.to_text(), "Buy AAPL");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out);
        out.trim().to_owned()
    }

    /// The symbols that the text names, in their order, repeated ones as well.
    #[must_use]
    pub fn symbols(&self) -> Vec<String> {
        let own = match self.kind {
            Some(NodeKind::Symbol) => self.param("symbol"),
            _ => None,
        };
        let below = self.children.iter().filter_map(|node| match node {
            Node::Tree(tree) => Some(tree.symbols()),
            _ => None,
        });
        own.into_iter().chain(below.flatten()).collect()
    }

    fn write_text(&self, out: &mut String) {
        match &self.kind {
            Some(NodeKind::Symbol) if self.children.is_empty() => {
                let shown = self.param("text").or_else(|| self.param("symbol"));
                out.push_str(&shown.unwrap_or_default());
            }
            Some(NodeKind::Link) if self.children.is_empty() => {
                out.push_str(&match (self.param("linkText"), self.param("url")) {
                    (Some(text), Some(url)) if text != url => format!("{text} ({url})"),
                    (text, url) => text.or(url).unwrap_or_default(),
                });
            }
            _ => {}
        }
        for node in &self.children {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Tree(tree) => tree.write_text(out),
                Node::Other(_) => {}
            }
        }
        match self.kind {
            Some(
                NodeKind::Paragraph
                | NodeKind::Break
                | NodeKind::ListItem
                | NodeKind::TableRow
                | NodeKind::Quote,
            ) => out.push('\n'),
            Some(NodeKind::TableHeader | NodeKind::TableCell) => out.push('\t'),
            _ => {}
        }
    }

    fn param(&self, key: &str) -> Option<String> {
        let value = self.params.as_ref()?.get(key)?;
        value.as_str().map(str::to_owned)
    }
}

impl Item for Node {
    fn read(value: &Value) -> Option<(Self, Reading)> {
        let node = match value {
            Value::String(text) => Self::Text(text.clone()),
            Value::Object(_) => Self::Tree(Tree::read(value)?.0),
            other => Self::Other(Json::read(other)?.0),
        };
        Some((node, Reading::Exact))
    }

    fn write(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Tree(tree) => tree.write(),
            Self::Other(json) => json.write(),
        }
    }

    fn look(&self, place: &Place, out: &mut Vec<Surprise>) {
        if let Self::Tree(tree) = self {
            tree.look(place, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tree_becomes_lines_and_is_written_again() {
        let value = json!({"type": "root", "children": [
            {"type": "news-image", "params": {"image": {"alt": "a"}}},
            {"type": "p", "children": ["One ", {"type": "b", "children": ["bold"]}, "."]},
            {"type": "p", "children": [{"type": "symbol", "params": {"symbol": "A:B"}}, 5, {"type": "new"}]},
        ]});
        let (tree, _) = Tree::read(&value).unwrap();
        assert_eq!(tree.to_text(), "One bold.\nA:B");
        assert_eq!(tree.symbols(), ["A:B"]);
        assert_eq!(tree.write(), value);
    }

    #[test]
    fn links_have_their_words_and_their_address() {
        for (params, children, expected) in [
            (
                json!({"url": "https://a.test", "linkText": "A"}),
                json!([]),
                "A (https://a.test)",
            ),
            (
                json!({"url": "https://a.test"}),
                json!([]),
                "https://a.test",
            ),
            (json!({"linkText": "A"}), json!([]), "A"),
            (json!({"url": "https://a.test"}), json!(["here"]), "here"),
            (json!({}), json!([]), ""),
        ] {
            let value = json!({"type": "url", "params": params, "children": children});
            let (tree, _) = Tree::read(&value).unwrap();
            assert_eq!(tree.to_text(), expected);
        }
    }
}
