//! Credentials as the rows of a CSV text. A column is a member of the API; one within a member is named with a
//! point, such as `labels.team`.

use grantd_engine::{ImportRow, WantedCredential};
use grantd_model::{FieldError, Invalid, Slug};
use serde_json::{Map, Value, json};

use super::{CsvFault, Record, Records, fault};
use crate::document;
use crate::json_body::member;

/// The most columns.
const MOST_COLUMNS: usize = 200;

/// The most rows.
pub(crate) const MOST_ROWS: usize = 10_000;

/// Columns that hold a text.
const TEXTS: [&str; 15] = [
    "name",
    "slug",
    "description",
    "owner",
    "provider",
    "client_id",
    "secret_source",
    "client_secret",
    "token_endpoint",
    "scope",
    "token_endpoint_auth_method",
    "basic_encoding",
    "secret_expires_at",
    "audience",
    "egress_proxy",
];

/// Columns that hold a number.
const NUMBERS: [&str; 2] = ["connect_timeout_s", "request_timeout_s"];

/// Columns that hold values divided by spaces.
const LISTS: [&str; 3] = ["resources", "bound_hosts", "allowed_mailboxes"];

/// Other columns.
const OTHERS: [&str; 6] = [
    "no_scope",
    "ca_bundle",
    "client_secret_reference.source",
    "client_secret_reference.path",
    "client_secret_reference.key",
    "client_secret_reference.version",
];

/// Columns whose last part is chosen by people.
const NAMED: [&str; 3] = ["labels.", "parameters.", "headers."];

/// Reads all rows. What is wrong with one row stands in its place.
///
/// # Errors
/// When it is no CSV, the columns are not known, or there are too many rows.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<ImportRow>, CsvFault> {
    let mut records = Records::new(bytes)?;
    let Some(head) = records.next()? else {
        let detail = "a first line with the names of the columns is expected";
        return Err(fault(1, detail));
    };
    let columns = columns(head)?;
    let mut rows = Vec::new();
    while let Some(record) = records.next()? {
        if rows.len() == MOST_ROWS {
            let detail = format!("at most {MOST_ROWS} rows are expected; divide the file");
            return Err(fault(record.line, &detail));
        }
        rows.push(row(&columns, record));
    }
    Ok(rows)
}

fn columns(head: Record) -> Result<Vec<String>, CsvFault> {
    if head.fields.len() > MOST_COLUMNS {
        let detail = format!(
            "at most {MOST_COLUMNS} columns are expected, there are {}",
            head.fields.len()
        );
        return Err(fault(head.line, &detail));
    }
    let mut columns: Vec<String> = Vec::with_capacity(head.fields.len());
    for name in head.fields {
        let name = name.trim().to_owned();
        if columns.contains(&name) {
            let detail = format!("the column `{name}` is there twice");
            return Err(fault(head.line, &detail));
        }
        if !is_known(&name) {
            let known: Vec<&str> = known().collect();
            let detail = format!(
                "there is no column `{name}`; known are {}, and labels.NAME, parameters.NAME and headers.NAME",
                known.join(", ")
            );
            return Err(fault(head.line, &detail));
        }
        columns.push(name);
    }
    Ok(columns)
}

fn known() -> impl Iterator<Item = &'static str> {
    TEXTS.into_iter().chain(NUMBERS).chain(LISTS).chain(OTHERS)
}

fn is_known(name: &str) -> bool {
    let is_named = |start: &str| {
        name.strip_prefix(start)
            .is_some_and(|rest| !rest.is_empty())
    };
    known().any(|known| known == name) || NAMED.into_iter().any(is_named)
}

fn row(columns: &[String], record: Record) -> ImportRow {
    let Record { line, fields } = record;
    let named = columns.iter().position(|column| column == "name");
    // with a comma too many or too few, another field would stand there, such as a secret
    let named = named.filter(|_| fields.len() == columns.len());
    let name = named.and_then(|at| fields.get(at)).cloned();
    let thing = if fields.len() == columns.len() {
        credential(columns, fields)
    } else {
        let detail = format!(
            "{} fields are expected, as there are columns; there are {}",
            columns.len(),
            fields.len()
        );
        Err(vec![Invalid::new("unreadable", detail).at("")])
    };
    ImportRow {
        line,
        name: name.unwrap_or_default(),
        thing,
    }
}

fn credential(
    columns: &[String],
    fields: Vec<String>,
) -> Result<WantedCredential, Vec<FieldError>> {
    let mut members = Map::new();
    let mut faults = Vec::new();
    for (column, value) in columns.iter().zip(fields) {
        if !value.is_empty()
            && let Err(fault) = put(&mut members, column, value)
        {
            faults.push(fault.at(member("", column)));
        }
    }
    let slug = match members.remove("slug") {
        Some(Value::String(slug)) => slug,
        _ => suggested(&members).map_err(|fault| vec![fault])?,
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let extra: Vec<Vec<String>> = ["parameters", "headers"]
        .map(|list| names(&members, list))
        .into();
    let read = document::credential(&slug, members);
    read.map_err(|faults| {
        let named = faults.into_iter().map(|fault| in_columns(fault, &extra));
        named.collect()
    })
}

fn suggested(members: &Map<String, Value>) -> Result<String, FieldError> {
    let name = members.get("name").and_then(Value::as_str);
    let Some(name) = name else {
        return Err(Invalid::new("required", "a value is expected").at("/name"));
    };
    let slug = Slug::suggested(name).ok_or_else(|| {
        let detail = "a slug is expected, as none can be made of this name";
        Invalid::new("required", detail).at("/slug")
    })?;
    Ok(slug.to_string())
}

fn put(members: &mut Map<String, Value>, column: &str, value: String) -> Result<(), Invalid> {
    if NUMBERS.contains(&column) {
        let number: u64 = value
            .trim()
            .parse()
            .map_err(|_| Invalid::new("unreadable", "a number is expected"))?;
        members.insert(column.to_owned(), number.into());
        return Ok(());
    }
    if LISTS.contains(&column) {
        let items = value.split_whitespace().map(str::to_owned);
        members.insert(column.to_owned(), items.collect());
        return Ok(());
    }
    if column == "no_scope" {
        let truth: bool = value
            .trim()
            .parse()
            .map_err(|_| Invalid::new("unreadable", "`true` or `false` is expected"))?;
        members.insert(column.to_owned(), truth.into());
        return Ok(());
    }
    match column.split_once('.') {
        None => {
            members.insert(column.to_owned(), value.into());
        }
        Some((list @ ("parameters" | "headers"), name)) => {
            let entries = members.entry(list).or_insert_with(|| json!([]));
            if let Some(entries) = entries.as_array_mut() {
                entries.push(json!({"name": name, "value": value}));
            }
        }
        Some((outer, inner)) => {
            let object = members.entry(outer).or_insert_with(|| json!({}));
            if let Some(object) = object.as_object_mut() {
                object.insert(inner.to_owned(), value.into());
            }
        }
    }
    Ok(())
}

fn names(members: &Map<String, Value>, list: &str) -> Vec<String> {
    let entries = members.get(list).and_then(Value::as_array);
    let names = entries.into_iter().flatten();
    names
        .map(|entry| entry["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// A fault by its column, where it was by its place in a list.
fn in_columns(mut fault: FieldError, extra: &[Vec<String>]) -> FieldError {
    for (list, names) in ["parameters", "headers"].iter().zip(extra) {
        let position = fault
            .pointer
            .strip_prefix(&format!("/{list}/"))
            .and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
        if let Some(name) = position.and_then(|position| names.get(position)) {
            fault.pointer = member(&format!("/{list}"), name);
        }
    }
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "name,client_id,client_secret,token_endpoint,scope,labels.team,headers.x-key,\
                        connect_timeout_s,resources,no_scope\n";

    fn faults(row: &str) -> Vec<String> {
        let text = format!("{HEAD}{row}\n");
        let rows = read(text.as_bytes()).unwrap();
        match &rows[0].thing {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(|it| it.pointer.clone()).collect(),
        }
    }

    #[test]
    fn a_row_is_a_credential_and_its_faults_are_named_by_column() {
        assert_eq!(
            faults("Sales,sales,s3cret,https://login.example.com/t,a b,red,v,5,urn:a urn:b,"),
            Vec::<String>::new()
        );
        for (row, places) in [
            (
                "Sales,sales,s,https://l.example.com/t,,,,,,",
                vec!["/scope"],
            ),
            ("Sales,sales,s,https://l.example.com/t,,,,,,true", vec![]),
            (",sales,s,https://l.example.com/t,a,,,,,", vec!["/name"]),
            ("営業,sales,s,https://l.example.com/t,a,,,,,", vec!["/slug"]),
            ("Sales,sales,s,ftp://l,a,,,,,", vec!["/token_endpoint"]),
            (
                "Sales,sales,s,https://l.example.com/t,a,,\"a\nb\",,,",
                vec!["/headers/x-key"],
            ),
            (
                "Sales,sales,s,https://l.example.com/t,a,\"a\nb\",,,,",
                vec!["/labels/team"],
            ),
            (
                "Sales,sales,s,https://l.example.com/t,a,,,soon,,maybe",
                vec!["/connect_timeout_s", "/no_scope"],
            ),
            ("Sales,sales", vec![""]),
        ] {
            assert_eq!(faults(row), places, "{row}");
        }
    }

    #[test]
    fn columns_are_known_and_there_once() {
        for (text, line) in [
            ("", 1),
            ("name,colour\n", 1),
            ("name,name\n", 1),
            ("name,labels.\n", 1),
        ] {
            assert_eq!(
                read(text.as_bytes()).map(|it| it.len()).unwrap_err().line,
                line,
                "{text}"
            );
        }
        let many = format!("name\n{}", "a\n".repeat(MOST_ROWS + 1));
        let line = read(many.as_bytes()).map(|it| it.len()).unwrap_err().line;
        assert_eq!(line, MOST_ROWS as u64 + 2);
    }
}
