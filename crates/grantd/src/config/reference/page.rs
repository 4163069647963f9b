//! The reference as a page of the book.

use std::fmt::Write;

use super::{DeclaredField, Kind, Reference, Setting};

/// What stands before the settings.
const ABOUT: &str = "\
# Configuration

This page is printed by `grantd config reference --markdown`; it is made of the types that read the configuration.

A flag stands over a variable, a variable over the file, the file over the default. The file is the one of `--config`
or `GRANTD_CONFIG`, else `grantd/grantd.toml` in `$XDG_CONFIG_HOME` or `~/.config`, else `/etc/grantd/grantd.toml`. The
variable of a setting is `GRANTD_<SECTION>_<SETTING>`; a list in it is divided by commas. A name that has no meaning is
an error that says the nearest one.

```
grantd config reference > grantd.toml   # every setting with its default, to begin from
grantd config check                     # everything that is wrong, with file, line and what is expected
grantd config show                      # every setting as it holds, and where it was set
```

`check` and `show` read what `grantd serve` would read, and touch nothing. What is marked *reloaded* is taken up by
SIGHUP (`systemctl reload grantd`), everything else at the next start; see [operation](operation.md).
";

impl Reference {
    /// As a page of the book.
    pub(crate) fn markdown(&self) -> String {
        let mut page = ABOUT.to_owned();
        // writing to a text does not fail
        let _ = self.write_page(&mut page);
        page
    }

    fn write_page(&self, page: &mut String) -> std::fmt::Result {
        for section in &self.sections {
            writeln!(page, "\n## `[{}]`\n\n{}", section.name, section.about)?;
            for setting in &section.settings {
                write_setting(page, setting)?;
            }
        }
        for declared in &self.declared {
            writeln!(page, "\n## `[{}]`\n\n{}", declared.name, declared.about)?;
            for kind in &declared.kinds {
                write_kind(page, kind)?;
            }
        }
        Ok(())
    }
}

fn write_setting(page: &mut String, setting: &Setting) -> std::fmt::Result {
    let reloaded = if setting.is_reloaded {
        ", reloaded"
    } else {
        ""
    };
    writeln!(
        page,
        "\n### `{}`\n\n{}, `{}`{reloaded}\n\n{}",
        setting.name, setting.expected, setting.variable, setting.about
    )
}

fn write_kind(page: &mut String, kind: &Kind) -> std::fmt::Result {
    if let Some(name) = &kind.name {
        writeln!(page, "\n### `kind = \"{name}\"`\n\n{}", kind.about)?;
    }
    writeln!(page, "\n| setting | | |\n|---|---|---|")?;
    for field in &kind.fields {
        let DeclaredField {
            name,
            about,
            expected,
            is_needed,
        } = field;
        let needed = if *is_needed { ", needed" } else { "" };
        writeln!(page, "| `{name}` | {expected}{needed} | {about} |")?;
    }
    Ok(())
}
