//! The image, built by hand as the Containerfile says, and run as an engine would run it: its own root,
//! its user, its variables, its command. No engine for containers is needed, and none is tested.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use e2e::environment::package;
use e2e::grantd::Finished;
use e2e::machine::{self, Machine};
use e2e::port;
use e2e::process::Process;

use super::is_healthy;

const START: Duration = Duration::from_secs(30);

/// Every file of the image.
const FILES: [&str; 11] = [
    "/etc/grantd/grantd.toml",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib/x86_64-linux-gnu/libgcc_s.so.1",
    "/lib/x86_64-linux-gnu/libm.so.6",
    "/lib64/ld-linux-x86-64.so.2",
    "/usr/bin/grantd",
    "/usr/share/doc/grantd/LICENSE",
    "/usr/share/doc/grantd/THIRD-PARTY-LICENSES.txt",
];

#[test]
fn the_image_serves_as_its_user_with_nothing_but_itself() -> Result<()> {
    let machine = super::machine()?;
    let image = Image::build(&machine)?;
    let files = machine.run("cd /srv/image; find . -type f | sed 's/^.//' | sort")?;
    assert_eq!(files.lines().collect::<Vec<_>>(), FILES);
    let state = machine.run("stat --format '%a %u %g' /srv/image/var/lib/grantd")?;
    assert_eq!(state.trim(), "700 65532 65532");
    let others = "cd /srv/image; find . -path ./var/lib/grantd -prune -o ! -user 0 -print -o -perm /6022 -print";
    assert_eq!(machine.run(others)?, "", "only the state may be written");
    image.mount_what_engines_mount(&machine)?;

    let port = port::free()?;
    let listen = format!("0.0.0.0:{port}");
    let alone = [("GRANTD_SERVER_LISTEN", listen.as_str())];
    let refused = Finished::of(&mut image.command(&machine, &[], &alone), "")?.expect(2)?;
    ensure!(
        refused.stderr.contains("no loopback address"),
        "{refused:?}"
    );

    let behind_a_proxy = [alone[0], ("GRANTD_SERVER_TLS_TERMINATED_BY_PROXY", "true")];
    let mut serve = image.command(&machine, &[], &behind_a_proxy);
    let mut process = Process::start("the image", &mut serve)?;
    process.wait_for(START, |_| is_healthy(port).then_some(()))?;
    let mut list = image.command(&machine, &["credential", "list"], &[]);
    Finished::of(&mut list, "")?.expect(0)?;
    looks_up_names(&image, &machine)?;

    let signal = image.value("STOPSIGNAL")?;
    machine::signal(&process, signal.trim_start_matches("SIG"))?;
    let ended = process.end(Duration::from_secs(20))?;
    ensure!(ended.is_some_and(|status| status.success()), "{ended:?}");
    Ok(())
}

/// By the resolver of the C library in the image, from what the engine wrote into `/etc/hosts`.
fn looks_up_names(image: &Image, machine: &Machine) -> Result<()> {
    let validate = [
        "credential",
        "validate",
        "--name",
        "Mail",
        "--client-id",
        "mail",
        "--scope",
        "mail.read",
        "--token-endpoint",
        "https://login.test:9/token",
        "--secret-file",
        "-",
        "--output",
        "json",
    ];
    let tried = Finished::of(&mut image.command(machine, &validate, &[]), "a secret")?;
    ensure!(tried.stdout.contains("127.0.0.77"), "{tried:?}");
    Ok(())
}

/// What a Containerfile says that begins at nothing.
struct Image(Vec<(String, String)>);

impl Image {
    /// Does in `/srv/image` of the machine what each instruction says.
    fn build(machine: &Machine) -> Result<Self> {
        machine.copy(&package("-container.tar.gz")?, "/tmp/container.tar.gz")?;
        machine.run(
            "mkdir -p /srv/image /srv/context
             tar -xzf /tmp/container.tar.gz -C /srv/context --strip-components=1",
        )?;
        let image = Self::parse(&machine.read("/srv/context/Containerfile")?)?;
        for (instruction, value) in &image.0 {
            match (instruction.as_str(), value.as_str()) {
                ("COPY", value) => copy(machine, value)?,
                ("WORKDIR", folder) => {
                    machine.run(&format!("mkdir -p /srv/image{folder}"))?;
                }
                ("FROM", "scratch")
                | ("ENV" | "VOLUME" | "USER" | "EXPOSE" | "STOPSIGNAL" | "ENTRYPOINT" | "CMD", _) =>
                    {}
                _ => bail!("{instruction} {value}: an instruction that this test does not know"),
            }
        }
        Ok(image)
    }

    fn parse(text: &str) -> Result<Self> {
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        let instruction = |line: &str| {
            let parts = line
                .split_once(' ')
                .map(|(a, b)| (a.to_owned(), b.to_owned()));
            parts.with_context(|| format!("no instruction: {line}"))
        };
        Ok(Self(lines.map(instruction).collect::<Result<_>>()?))
    }

    fn value(&self, instruction: &str) -> Result<&str> {
        let found = self.0.iter().find(|(name, _)| name == instruction);
        let (_, value) = found.with_context(|| format!("no {instruction}"))?;
        Ok(value)
    }

    fn words(&self, instruction: &str) -> Result<Vec<String>> {
        Ok(serde_json::from_str(self.value(instruction)?)?)
    }

    fn mount_what_engines_mount(&self, machine: &Machine) -> Result<()> {
        ensure!(self.words("VOLUME")? == ["/var/lib/grantd"]);
        machine.run(
            "cd /srv/image; mkdir -p proc dev
             mount -t proc proc proc; mount --rbind /dev dev
             echo '127.0.0.77 login.test' > etc/hosts",
        )?;
        Ok(())
    }

    /// The entry point with these arguments, or those of `CMD`.
    fn command(&self, machine: &Machine, arguments: &[&str], more: &[(&str, &str)]) -> Command {
        let told = |name| self.value(name).unwrap_or_default();
        let mut variables: Vec<(&str, &str)> = told("ENV").split_once('=').into_iter().collect();
        variables.extend(more);
        let mut command = machine.command("chroot", &variables);
        command
            .arg(format!("--userspec={}", told("USER")))
            .args(["--groups=", "/srv/image"]);
        command.args(self.words("ENTRYPOINT").unwrap_or_default());
        if arguments.is_empty() {
            command.args(self.words("CMD").unwrap_or_default());
        }
        command.args(arguments);
        command
    }
}

/// `[--chown=USER] FROM/ TO/`: what is in a folder goes into another one.
fn copy(machine: &Machine, value: &str) -> Result<()> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let (owner, from, to) = match words.as_slice() {
        [from, to] => ("0:0", from, to),
        [owner, from, to] => (
            owner.strip_prefix("--chown=").context("--chown=")?,
            from,
            to,
        ),
        _ => bail!("COPY {value}: expected is a folder and where it goes"),
    };
    // what lies in the folder changes hands, and what was there before does not
    machine.run(&format!(
        "cd /srv/context/{from}; mkdir -p /srv/image{to}; chown -R {owner} .
         find . -mindepth 1 -maxdepth 1 -exec cp -a -t /srv/image{to} {{}} +"
    ))?;
    Ok(())
}
