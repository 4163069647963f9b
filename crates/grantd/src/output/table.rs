//! Lists as columns.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use crate::failure::one_line;

/// A column: its heading and what it shows of an item.
pub(crate) type Column = (&'static str, fn(&Value) -> String);

/// Items as columns under headings, one line each whatever the width of the terminal.
pub(crate) fn rows(columns: &[Column], items: &[Value]) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(columns.iter().map(|(heading, _)| *heading))
        .add_rows(items.iter().map(|item| {
            let cells: Vec<String> = columns
                .iter()
                .map(|(_, show)| one_line(&show(item)))
                .collect();
            cells
        }));
    finish(&mut table)
}

/// A table as text, without white space around its lines.
pub(super) fn finish(table: &mut Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_aligned_and_cells_stay_on_one_line() {
        let items = [
            json!({"a": "x", "b": "1"}),
            json!({"a": "long\ncell", "b": "2\u{202e}2"}),
        ];
        let text = rows(
            &[
                ("A", |item| {
                    item["a"].as_str().unwrap_or_default().to_owned()
                }),
                ("BETA", |item| {
                    item["b"].as_str().unwrap_or_default().to_owned()
                }),
            ],
            &items,
        );
        assert_eq!(
            text,
            "A           BETA\nx           1\nlong\\ncell  2\\u{202e}2\n"
        );
    }
}
