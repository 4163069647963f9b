//! The dependencies between the workspace's crates are those drawn in the architecture.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::numbered;
use crate::workspace::{DependencyKind, Package};

/// The file with the picture: a fenced block ```` ```crate-graph ```` of `crate -> crate crate`.
pub(crate) const PICTURE: &str = "docs/ARCHITECTURE.md";

const FENCE: &str = "```crate-graph";

/// Compares the picture with the normal dependencies that cargo knows.
pub(crate) fn check(picture: Option<&str>, packages: &[Package]) -> Vec<String> {
    let real = real_graph(packages);
    let Some(text) = picture else {
        return vec![format!(
            "{PICTURE}:1: is missing, expected is a block\n{}",
            block(&real)
        )];
    };
    let Some(drawn) = drawn_graph(text) else {
        return vec![format!(
            "{PICTURE}:1: no crate graph, expected is\n{}",
            block(&real)
        )];
    };
    let mut problems = Vec::new();
    for (name, (line, dependencies)) in &drawn {
        let Some(expected) = real.get(name) else {
            problems.push(format!(
                "{PICTURE}:{line}: no crate {name}, expected is no such line"
            ));
            continue;
        };
        for extra in dependencies.difference(expected) {
            problems.push(format!(
                "{PICTURE}:{line}: {name} does not depend on {extra}, expected is no such arrow"
            ));
        }
        for missing in expected.difference(dependencies) {
            problems.push(format!(
                "{PICTURE}:{line}: {name} depends on {missing}, expected is an arrow or no \
                 dependency"
            ));
        }
    }
    for name in real.keys().filter(|name| !drawn.contains_key(*name)) {
        problems.push(format!(
            "{PICTURE}:1: {name} is not drawn, expected is a line of its own"
        ));
    }
    problems
}

fn real_graph(packages: &[Package]) -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let dependencies = |package: &Package| {
        package
            .dependencies
            .iter()
            .filter(|each| each.kind == DependencyKind::Normal && names.contains(&*each.name))
            .map(|each| each.name.clone())
            .collect()
    };
    packages
        .iter()
        .map(|package| (package.name.clone(), dependencies(package)))
        .collect()
}

/// Line number and dependencies of each crate drawn; None without the block.
fn drawn_graph(text: &str) -> Option<BTreeMap<String, (usize, BTreeSet<String>)>> {
    let mut lines = numbered(text).skip_while(|(_, line)| line.trim() != FENCE);
    lines.next()?;
    let mut graph = BTreeMap::new();
    for (number, line) in lines.take_while(|(_, line)| line.trim() != "```") {
        let (name, dependencies) = line.split_once("->").unwrap_or((line, ""));
        if !name.trim().is_empty() {
            let dependencies = dependencies.split_whitespace().map(str::to_owned).collect();
            graph.insert(name.trim().to_owned(), (number, dependencies));
        }
    }
    Some(graph)
}

/// The block as it should be, to copy.
fn block(graph: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut block = format!("{FENCE}\n");
    for (name, dependencies) in graph {
        block.push_str(name);
        for (index, dependency) in dependencies.iter().enumerate() {
            block.push_str(if index == 0 { " -> " } else { " " });
            block.push_str(dependency);
        }
        block.push('\n');
    }
    block + "```"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, dependencies: &[(&str, DependencyKind)]) -> Package {
        let dependency = |&(name, kind): &(&str, DependencyKind)| Dependency {
            name: name.to_owned(),
            kind,
        };
        Package {
            name: name.to_owned(),
            manifest: format!("crates/{name}/Cargo.toml"),
            dependencies: dependencies.iter().map(dependency).collect(),
        }
    }

    fn packages() -> Vec<Package> {
        let normal = DependencyKind::Normal;
        let testkit = ("testkit", DependencyKind::Development);
        vec![
            package(
                "engine",
                &[
                    ("model", normal),
                    ("store", normal),
                    ("tokio", normal),
                    testkit,
                ],
            ),
            package("model", &[]),
            package("store", &[("model", normal)]),
            package("testkit", &[]),
        ]
    }

    const RIGHT: &str = "# A\n```crate-graph\nengine -> store model\nstore -> model\n\nmodel\ntestkit ->\n```\nend -> not\n";

    #[test]
    fn the_right_picture_passes_and_leaves_out_other_kinds_of_dependencies() {
        assert_eq!(check(Some(RIGHT), &packages()), [""; 0]);
    }

    #[test]
    fn every_difference_is_named() {
        let missing_arrow = RIGHT.replace("store model", "model");
        let problems = check(Some(&missing_arrow), &packages());
        assert!(problems[0].starts_with("docs/ARCHITECTURE.md:3: engine depends on store, "));

        let extra_arrow = RIGHT.replace("\nmodel\n", "\nmodel -> store\n");
        let problems = check(Some(&extra_arrow), &packages());
        assert!(problems[0].starts_with("docs/ARCHITECTURE.md:6: model does not depend on store"));

        let missing_crate = RIGHT.replace("testkit ->\n", "");
        let problems = check(Some(&missing_crate), &packages());
        assert!(problems[0].starts_with("docs/ARCHITECTURE.md:1: testkit is not drawn"));

        let unknown_crate = RIGHT.replace("testkit ->", "testkit\nproxy -> model");
        let problems = check(Some(&unknown_crate), &packages());
        assert!(problems[0].starts_with("docs/ARCHITECTURE.md:8: no crate proxy"));
    }

    #[test]
    fn without_a_picture_the_expected_one_is_shown() {
        for text in [None, Some("# Architecture\n")] {
            let problems = check(text, &packages());
            let expected =
                "```crate-graph\nengine -> model store\nmodel\nstore -> model\ntestkit\n```";
            assert!(problems[0].ends_with(expected), "{problems:?}");
        }
    }
}
