//! What can go wrong at the command line itself.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::domain::locale::Locale;
use crate::domain::wording::Wording;
use crate::error::{Code, Coded, is_disk_full};

/// A failure of the command line.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The words make no command.
    #[error("{}", message.en)]
    Usage {
        /// What is wrong.
        message: Wording,
        /// The command whose help shows how it is used.
        help: String,
    },
    /// A value that its argument does not take.
    #[error("{argument} does not take {given:?}: use {}", allowed.en)]
    Argument {
        /// The argument, as it is typed.
        argument: &'static str,
        /// As given, cut to 80 characters.
        given: String,
        /// What it takes.
        allowed: Wording,
    },
    /// Another process works in the data directory.
    #[error("data directory {} is in use by {}", .dir.display(), .pid.map_or("another process".to_owned(), |pid| format!("process {pid}")))]
    DataDirInUse {
        /// The directory.
        dir: PathBuf,
        /// The other process, if its lock file says so.
        pid: Option<u32>,
        /// Another way, if the command has one.
        way_out: Option<Wording>,
    },
    /// The data directory cannot be made.
    #[error("data directory {} cannot be made", .dir.display())]
    DataDir {
        /// The directory.
        dir: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The data directory holds no database.
    #[error("there is no database in {}", .dir.display())]
    NoData {
        /// The directory.
        dir: PathBuf,
    },
    /// The sample knowledge base is in none of its places.
    #[error("the sample knowledge base was not found (searched: {})", list(searched))]
    SampleMissing {
        /// Where it was looked for.
        searched: Vec<PathBuf>,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Something that cannot be undone was not confirmed.
    #[error("this cannot be undone and nobody can be asked: the standard input is no terminal")]
    Unconfirmed,
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Output {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The system refused what every start needs.
    #[error("the system gives no {what}")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A step was lost: a mistake of ours.
    #[error("a step did not finish")]
    Lost,
}

impl Coded for CliError {
    fn code(&self) -> Code {
        match self {
            CliError::Usage { .. } | CliError::Argument { .. } | CliError::Unconfirmed => Code::UsageInvalid,
            CliError::DataDirInUse { .. } => Code::DataDirInUse,
            CliError::DataDir { source, .. } | CliError::Output { source } if is_disk_full(source) => Code::DiskFull,
            CliError::DataDir { .. } | CliError::NoData { .. } | CliError::SampleMissing { .. } | CliError::Output { .. } => {
                Code::FileUnreadable
            }
            CliError::Bind { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => Code::PortInUse,
            CliError::Bind { .. } => Code::ConfigInvalid,
            CliError::System { .. } | CliError::Lost => Code::Internal,
        }
    }

    fn message(&self, locale: Locale) -> String {
        if locale == Locale::En {
            return self.to_string();
        }
        match self {
            CliError::Usage { message, .. } => message.zh.clone(),
            CliError::Argument { argument, given, allowed } => format!("{argument} 不接受“{given}”，应为 {}", allowed.zh),
            CliError::DataDirInUse { dir, pid, .. } => {
                let who = pid.map_or("另一个进程".to_owned(), |pid| format!("进程 {pid} "));
                format!("数据目录 {} 正被{who}使用", dir.display())
            }
            CliError::DataDir { dir, .. } => format!("无法建立数据目录 {}", dir.display()),
            CliError::NoData { dir } => format!("{} 里没有数据库", dir.display()),
            CliError::SampleMissing { searched } => format!("找不到示例知识库（找过：{}）", list(searched)),
            CliError::Bind { address, .. } => format!("无法监听 {address}"),
            CliError::Unconfirmed => "此操作不可撤销，而标准输入不是终端，无法询问".to_owned(),
            CliError::Output { .. } => "无法写出结果".to_owned(),
            CliError::System { what, .. } => format!("系统未提供 {what}"),
            CliError::Lost => "有一步没有完成".to_owned(),
        }
    }

    fn hint(&self, locale: Locale) -> String {
        let own = match self {
            CliError::Usage { help, .. } => Wording::new(format!("用法见 `{help}`。"), format!("See `{help}`.")),
            CliError::DataDirInUse { way_out: Some(way_out), .. } => way_out.clone(),
            CliError::NoData { .. } => Wording::new(
                "请用 --data-dir 指明数据目录，或先用 `jieda demo`、`jieda kb import` 建立。",
                "Name the data directory with --data-dir, or make one with `jieda demo` or `jieda kb import`.",
            ),
            CliError::SampleMissing { .. } => Wording::new(
                "请在源码目录里运行，或用环境变量 JIEDA_KB 指明 kb 目录。",
                "Run it in the source directory, or name the kb directory in the variable JIEDA_KB.",
            ),
            CliError::Unconfirmed => Wording::new("确定要做，请加 --yes。", "Add --yes if you are sure."),
            CliError::Bind { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => Wording::new(
                "1024 以下的端口需要权限：请用 --bind 换一个端口。",
                "Ports below 1024 need privileges: choose another with --bind.",
            ),
            CliError::Bind { source, .. } if source.kind() != std::io::ErrorKind::AddrInUse => {
                Wording::new("请用 --bind 给出本机的地址。", "Name an address of this machine with --bind.")
            }
            _ => return self.code().hint(locale).to_owned(),
        };
        own.pick(locale).to_owned()
    }
}

/// A value for a message: at most 80 characters.
pub fn short(given: &str) -> String {
    given.chars().take(80).collect()
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
