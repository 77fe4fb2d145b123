//! One table of everything that can be said to have gone wrong.
//!
//! Each module has its own error enum; all of them implement [`Coded`], which maps a variant to one row of the table: a stable
//! snake_case code, whose fault it is, the HTTP status and the exit code. A hint in both languages says what to change. The
//! edges (`http`, `cli`) print rows; nothing below them knows about statuses.

use std::error::Error as StdError;
use std::fmt;

use crate::domain::locale::Locale;

/// Whose fault a failure is: decides whether it is logged, and whether a retry can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request, file or command line is wrong; repeating it changes nothing.
    Caller,
    /// The machine, disk, network or load is; a later try may succeed.
    Environment,
    /// We are; an unexpected state.
    Bug,
}

macro_rules! codes {
    ($($variant:ident = $name:literal, $fault:ident, $status:literal, $exit:literal, $zh:literal, $en:literal;)+) => {
        /// A stable error code. The name never changes once released.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $en] $variant,)+ }

        impl Code {
            /// Every code, in table order.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The snake_case name that clients match on.
            pub const fn name(self) -> &'static str { match self { $(Code::$variant => $name,)+ } }
            /// Whose fault it is.
            pub const fn fault(self) -> Fault { match self { $(Code::$variant => Fault::$fault,)+ } }
            /// The HTTP status it is answered with.
            pub const fn status(self) -> u16 { match self { $(Code::$variant => $status,)+ } }
            /// The exit code of the command line.
            pub const fn exit(self) -> u8 { match self { $(Code::$variant => $exit,)+ } }
            /// What to change, in the reader's language.
            pub const fn hint(self, locale: Locale) -> &'static str {
                match (self, locale) { $((Code::$variant, Locale::ZhCn) => $zh, (Code::$variant, Locale::En) => $en,)+ }
            }
        }
    };
}

codes! {
    // The question.
    QuestionEmpty = "question_empty", Caller, 422, 2, "请输入问题内容。", "Send at least one letter, digit, Chinese character or emoji.";
    QuestionTooLong = "question_too_long", Caller, 422, 2, "请把问题缩短到上限以内，长内容请分条发送。", "Shorten the question to the limit, or send it in several messages.";
    // The request.
    BodyInvalid = "body_invalid", Caller, 422, 2, "请对照 /openapi.json 检查字段名和类型。", "Check field names and types against /openapi.json.";
    BodyNotJson = "body_not_json", Caller, 400, 2, "请求体须为 UTF-8 编码的合法 JSON。", "Send well-formed JSON in UTF-8 with content-type application/json.";
    BodyTooLarge = "body_too_large", Caller, 413, 2, "请求体不得超过 1 MB。", "Keep the body under 1 MB; import large files with `jieda kb import`.";
    ParameterInvalid = "parameter_invalid", Caller, 422, 2, "请检查地址中的参数。", "Check the parameters in the address.";
    Unauthorized = "unauthorized", Caller, 401, 2, "请在 Authorization 头里带上 Bearer 密钥。", "Send a key as `Authorization: Bearer KEY`.";
    Forbidden = "forbidden", Caller, 403, 2, "该密钥的角色无权进行此操作，请换用相应角色的密钥。", "Use a key whose role may do this; `jieda keys list` shows roles.";
    NotFound = "not_found", Caller, 404, 2, "请检查地址和编号。", "Check the path and the id.";
    MethodNotAllowed = "method_not_allowed", Caller, 405, 2, "该地址不支持这个方法，请看 Allow 头。", "Use one of the methods in the Allow header.";
    ConversationNotFound = "conversation_not_found", Caller, 404, 2, "请先 POST /v1/conversations 创建会话，或不带 conversation_id。", "Create one with POST /v1/conversations, or leave conversation_id out.";
    ArticleNotFound = "article_not_found", Caller, 404, 2, "请检查文章 id；GET /v1/articles 可列出全部。", "Check the article id; GET /v1/articles lists them.";
    TicketNotFound = "ticket_not_found", Caller, 404, 2, "请检查工单号；GET /v1/tickets 可列出全部。", "Check the ticket number; GET /v1/tickets lists them.";
    DecisionNotFound = "decision_not_found", Caller, 404, 2, "请检查 decision_id；超过保留期的决策会被删除。", "Check the decision id; decisions are deleted after the retention time.";
    KeyNotFound = "key_not_found", Caller, 404, 2, "`jieda keys list` 可列出全部密钥。", "`jieda keys list` shows the keys.";
    LabelNotFound = "label_not_found", Caller, 404, 2, "请检查标注编号；GET /v1/labels 可列出全部。", "Check the label id; GET /v1/labels lists them.";
    LabelsFull = "labels_full", Caller, 409, 2, "标注已到上限：请先删去不再需要的。", "There is no room for more labels: delete those that are no longer needed.";
    PreconditionFailed = "precondition_failed", Caller, 412, 2, "内容已被他人修改：请重新读取，再带上新的 ETag 提交。", "Somebody changed it meanwhile: read it again and send the new ETag in If-Match.";
    PreconditionRequired = "precondition_required", Caller, 428, 2, "修改和删除须在 If-Match 头里带上 ETag。", "Send the ETag you read in If-Match.";
    AlreadyExists = "already_exists", Caller, 409, 2, "该 id 已存在：请用 PUT 修改。", "The id is taken: change it with PUT.";
    PhrasingTaken = "phrasing_taken", Caller, 409, 2, "同一问法只能属于一篇文章：请改写，或并入那篇文章。", "A phrasing belongs to one article: reword it, or add the answer to that article.";
    ArticleInvalid = "article_invalid", Caller, 422, 2, "请按提示修改文章字段。", "Correct the named field of the article.";
    TicketState = "ticket_state", Caller, 409, 2, "工单当前状态不允许该操作，请先刷新。", "The ticket's state does not allow this; read it again.";
    IdempotencyConflict = "idempotency_conflict", Caller, 409, 2, "同一 Idempotency-Key 不能用于不同的内容。", "Use a new Idempotency-Key for a different body.";
    TooManyRequests = "too_many_requests", Environment, 429, 2, "请求过于频繁，请按 Retry-After 稍后再试。", "Wait for the seconds in Retry-After.";
    Overloaded = "overloaded", Environment, 429, 2, "服务繁忙，请按 Retry-After 稍后再试。", "The service is at its limit; wait for the seconds in Retry-After.";
    // Files and imports.
    FileUnreadable = "file_unreadable", Caller, 422, 2, "请检查路径和权限。", "Check the path and its permissions.";
    FileEncoding = "file_encoding", Caller, 422, 2, "请另存为 UTF-8，或用 --encoding 指定编码。", "Save the file as UTF-8 or name its encoding with --encoding.";
    FileFormat = "file_format", Caller, 422, 2, "请对照 docs/KB.md 检查文件格式。", "Compare the file with the forms in docs/KB.md.";
    // Models.
    ModelUnknown = "model_unknown", Caller, 422, 2, "`jieda models list` 可列出已知模型。", "`jieda models list` shows the known models.";
    ModelMissing = "model_missing", Environment, 503, 2, "请用 `jieda models pull NAME` 下载，或用 `jieda models use NAME` 换用已有模型。", "Fetch it with `jieda models pull NAME` or switch with `jieda models use NAME`.";
    ModelDamaged = "model_damaged", Environment, 503, 2, "模型文件缺失、截断或校验不符：请重新下载该文件。", "A model file is missing, cut short or fails its checksum: fetch it again.";
    ModelUnsupported = "model_unsupported", Caller, 422, 2, "仅支持 BERT 系 sentence-transformers 目录。", "Only BERT-family sentence-transformers directories are supported.";
    DownloadFailed = "download_failed", Environment, 502, 2, "请检查网络后重试；离线环境可把模型目录复制到 models/ 下。", "Check the network and try again; without one, copy the model directory into models/.";
    // The machine.
    DataDirInUse = "data_dir_in_use", Environment, 503, 2, "数据目录正被另一个 jieda 进程使用：请先停止它，或换一个 --data-dir。", "Another jieda process uses this data directory: stop it or choose another --data-dir.";
    PortInUse = "port_in_use", Environment, 503, 2, "端口被占用：请用 --bind 换一个端口。", "Choose another port with --bind.";
    DiskFull = "disk_full", Environment, 507, 2, "磁盘空间不足：请清理后重试，已确认的数据不受影响。", "Free some disk space and repeat; acknowledged data is safe.";
    StoreUnavailable = "store_unavailable", Environment, 503, 2, "数据库暂时不可用，请稍后重试。", "The database cannot be used at the moment; try again.";
    StoreDamaged = "store_damaged", Environment, 503, 2, "数据库损坏：请用 `jieda restore` 恢复最近的备份。", "The database is damaged: restore the newest backup with `jieda restore`.";
    StoreNewer = "store_newer", Environment, 503, 2, "数据目录由更新版本的 jieda 写入：请升级程序。", "The data directory was written by a newer jieda: upgrade the program.";
    IndexUnavailable = "index_unavailable", Environment, 503, 2, "索引暂时不可用，正在重建。", "The index is being rebuilt; try again shortly.";
    BackupInvalid = "backup_invalid", Caller, 422, 2, "备份文件不完整或已损坏：请换一个备份。", "The backup is incomplete or damaged: use another one.";
    ConfigInvalid = "config_invalid", Caller, 422, 2, "请对照 config.example.toml 修改配置。", "Compare the configuration with config.example.toml.";
    UsageInvalid = "usage_invalid", Caller, 422, 2, "`jieda help` 可查看用法。", "See `jieda help`.";
    NotReady = "not_ready", Environment, 503, 2, "服务正在启动，请稍候。", "The service is starting; try again shortly.";
    Internal = "internal", Bug, 500, 2, "内部错误，请带上 request_id 反馈。", "An internal error; report it with its request id.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error that has a row in the table. `Display` is the message shown to the caller: lower case, no full stop, with the
/// offending value, never an internal cause (causes stay in [`StdError::source`] and go to the log).
pub trait Coded: StdError + Send + Sync + 'static {
    /// The row of the table.
    fn code(&self) -> Code;

    /// What is wrong, in the reader's language; `Display` unless the error speaks both.
    fn message(&self, locale: Locale) -> String {
        let _ = locale;
        self.to_string()
    }

    /// What to change; the table's hint unless the error knows better.
    fn hint(&self, locale: Locale) -> String {
        self.code().hint(locale).to_owned()
    }

    /// Seconds after which a retry makes sense, for `Retry-After`.
    fn retry_after_s(&self) -> Option<u64> {
        None
    }
}

/// Any coded error, as use cases return it.
#[derive(Debug)]
pub struct Failure(Box<dyn Coded>);

impl Failure {
    /// The error itself.
    pub fn get(&self) -> &dyn Coded {
        &*self.0
    }

    /// Its row of the table.
    pub fn code(&self) -> Code {
        self.0.code()
    }
}

impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(Box::new(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether an I/O error means that the disk (or the quota) is full.
pub fn is_disk_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// `error` and its chain of causes on one line, for logs.
pub fn chain(error: &dyn StdError) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        line.push_str(": ");
        line.push_str(&next.to_string());
        cause = next.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_have_both_hints() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            let name = code.name();
            assert!(seen.insert(name), "{name} stands twice");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()), "{name}");
            assert!(!code.hint(Locale::ZhCn).is_empty() && !code.hint(Locale::En).is_empty(), "{name}");
            assert!((400..600).contains(&code.status()), "{name}");
        }
    }
}
