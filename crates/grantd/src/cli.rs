//! The command line: what is typed, and which command it runs.

mod access_token;
mod alert;
mod apply;
mod audit;
mod backup;
mod completions;
mod config;
mod consumer;
mod credential;
mod curl;
#[cfg(feature = "demo")]
mod demo;
mod docker_credential;
mod doctor;
mod document;
mod exec;
mod export;
mod git_credential;
mod import;
mod key;
mod keyring;
mod kubectl_credential;
mod listener;
mod listing;
mod man;
mod members;
mod named;
mod offline;
mod one_secret;
mod plan;
#[cfg(feature = "demo")]
mod sandbox;
mod serve;
mod source;
mod terminal;
mod token;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde_json::Value;

use crate::client::{Answer, Call, Client, Connection, ConnectionFlags};
use crate::config::check_names;
use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::output::{self, OutputFormat};

/// Keeps OAuth 2.0 client credentials, gets their access tokens and puts them to work.
#[derive(Debug, Parser)]
#[command(
    name = "grantd",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    connection: ConnectionFlags,
    /// Form of results: `table` or `json`
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORM",
        hide_possible_values = true,
        help_heading = "Output"
    )]
    output: OutputFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    #[cfg(feature = "demo")]
    Demo(demo::Demo),
    #[cfg(feature = "demo")]
    Sandbox(sandbox::Sandbox),
    #[command(subcommand)]
    Credential(credential::Credential),
    Token(token::Token),
    Exec(exec::Exec),
    Curl(curl::Curl),
    KubectlCredential(kubectl_credential::KubectlCredential),
    GitCredential(git_credential::GitCredential),
    DockerCredential(docker_credential::DockerCredential),
    #[command(subcommand)]
    Listener(listener::Listener),
    #[command(subcommand)]
    Consumer(consumer::Consumer),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    User(user::User),
    Audit(audit::Audit),
    #[command(subcommand)]
    Config(config::Config),
    Doctor(doctor::Doctor),
    Keyring(keyring::Keyring),
    #[command(subcommand)]
    Backup(backup::Backup),
    #[command(subcommand)]
    Source(source::Source),
    Export(export::Export),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Import(import::Import),
    #[command(subcommand)]
    Alert(alert::Alert),
    Completions(completions::Completions),
    Man(man::Man),
}

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    /// Which grantd is meant.
    pub(crate) connection: ConnectionFlags,
    /// Form of results.
    pub(crate) output: OutputFormat,
    /// The environment.
    pub(crate) environment: Environment,
}

impl Context {
    /// A client of the grantd that is meant.
    ///
    /// # Errors
    /// When it is not clear which, or its key can not be had.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        check_names(&self.environment)?;
        Client::new(Connection::find(&self.connection, &self.environment)?)
    }

    /// Sends one request.
    ///
    /// # Errors
    /// When there is no answer, or it says no.
    pub(crate) fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let client = self.client()?;
        crate::lifecycle::run_briefly(client.send(call))
    }

    /// A document as it is printed.
    pub(crate) fn laid_out(&self, document: &Value, text: impl FnOnce(&Value) -> String) -> String {
        match self.output {
            OutputFormat::Json => output::json(document),
            OutputFormat::Table => text(document),
        }
    }

    /// Prints a document: as it is, or as the text made of it.
    ///
    /// # Errors
    /// When standard output can not be written.
    pub(crate) fn print(
        &self,
        document: &Value,
        text: impl FnOnce(&Value) -> String,
    ) -> Result<(), Failure> {
        output::print(&self.laid_out(document, text))
    }
}

/// Runs the command that was typed.
pub(crate) fn run() -> ExitCode {
    let typed = docker_credential::by_name(environment::arguments());
    let cli = match Cli::try_parse_from(typed) {
        Ok(cli) => cli,
        Err(error) => {
            // help and version are such an error as well; where they can not be written, nobody reads
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let context = Context {
        connection: cli.connection,
        output: cli.output,
        environment: Environment::of_process(),
    };
    let result = match cli.command {
        Command::Serve(serve) => serve.run(&context),
        #[cfg(feature = "demo")]
        Command::Demo(demo) => demo.run(&context),
        #[cfg(feature = "demo")]
        Command::Sandbox(sandbox) => sandbox.run(&context),
        Command::Credential(credential) => credential.run(&context),
        Command::Token(token) => token.run(&context),
        Command::Exec(exec) => exec.run(&context),
        Command::Curl(curl) => curl.run(&context),
        Command::KubectlCredential(asked) => asked.run(&context),
        Command::GitCredential(asked) => asked.run(&context),
        Command::DockerCredential(asked) => return asked.run(&context),
        Command::Listener(listener) => listener.run(&context),
        Command::Consumer(consumer) => consumer.run(&context),
        Command::Key(key) => key.run(&context),
        Command::User(user) => user.run(&context),
        Command::Audit(audit) => audit.run(&context),
        Command::Keyring(keyring) => keyring.run(&context),
        Command::Backup(backup) => backup.run(&context),
        Command::Config(config) => config.run(&context),
        Command::Doctor(doctor) => doctor.run(&context),
        Command::Source(source) => source.run(&context),
        Command::Export(export) => export.run(&context),
        Command::Plan(plan) => plan.run(&context),
        Command::Apply(apply) => apply.run(&context),
        Command::Import(import) => import.run(&context),
        Command::Alert(alert) => alert.run(&context),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure.to_string());
            failure.exit.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_has_a_flag_that_is_one_of_all() {
        fn seen(command: &clap::Command, of_all: &[(String, String)]) -> Vec<String> {
            let mut wrong = Vec::new();
            for below in command.get_subcommands() {
                for own in below.get_arguments() {
                    let (id, long) = (own.get_id().as_str(), own.get_long().unwrap_or_default());
                    if of_all.iter().any(|(name, flag)| name == id || flag == long) {
                        wrong.push(format!("{} --{long}", below.get_name()));
                    }
                }
                wrong.extend(seen(below, of_all));
            }
            wrong
        }
        let cli = Cli::command();
        let globals = cli.get_arguments().filter(|it| it.is_global_set());
        let of_all: Vec<_> = globals
            .map(|it| {
                (
                    it.get_id().to_string(),
                    it.get_long().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        assert!(of_all.iter().any(|(_, long)| long == "url"), "{of_all:?}");
        assert_eq!(seen(&cli, &of_all), Vec::<String>::new());
    }
}
