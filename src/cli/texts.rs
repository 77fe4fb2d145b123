//! The Chinese help and the examples: one table each. A test walks every command and argument and fails where a text is missing
//! or stands here without need.

/// Chinese help by place: the command's path, for an argument followed by ` ` and its id; global arguments have the path `*`.
pub const ZH: &[(&str, &str)] = &[
    ("", "解答（Jieda）：用知识库回答顾客的问题，拿不准的转给人工"),
    ("* format", "结果的输出形式：text 或 json"),
    ("* config", "配置文件；不给则用默认配置"),
    ("* data_dir", "数据目录（默认 ./data）"),
    ("* models_dir", "优先在这里查找编码模型"),
    ("* lang", "帮助和提示的语言：zh-CN 或 en（默认取自 LC_ALL、LC_MESSAGES、LANG）"),
    ("* log_filter", "标准错误上记录什么：error、warn、info、debug，或按模块指定级别"),
    ("* log_format", "日志的形式：text 或 json"),
    ("* help", "显示帮助"),
    ("* version", "显示版本"),
    ("demo", "运行示例商店：两分钟试用"),
    ("demo bind", "监听地址（默认 127.0.0.1:8080）"),
    ("serve", "用你自己的知识库提供服务"),
    ("serve bind", "监听地址（默认 127.0.0.1:8080）"),
    ("ask", "问一个问题，看顾客会得到什么"),
    ("ask question", "问题，照顾客的打法写"),
    ("ask explain", "说明结果是怎么来的"),
    ("ask kb", "不用数据目录，直接问这些文章：文件或目录"),
    ("kb", "知识库：导入、导出、检查"),
    ("kb import", "导入文章：Markdown 目录、CSV、XLSX 或 JSONL"),
    ("kb import path", "文件或目录"),
    ("kb import dry_run", "只看结论，不做改动"),
    ("kb import encoding", "文本文件的编码（utf-8、gbk、big5 等）；不给则按规则判断"),
    ("kb import refused", "未收下的行写到哪里，改好可再导入（默认 PATH 旁的 refused-时间.csv）"),
    ("kb export", "导出全部文章：目录、CSV、JSONL 或 XLSX"),
    ("kb export path", "新文件；导出为目录时是新目录或空目录"),
    ("kb export form", "tree、csv、jsonl 或 xlsx（默认看 PATH 的扩展名）"),
    ("kb lint", "检查文章，不需要数据目录"),
    ("kb lint path", "文件或目录（默认 kb）"),
    ("kb lint encoding", "文本文件的编码（utf-8、gbk、big5 等）；不给则按规则判断"),
    ("models", "编码模型：列出、校验、选用、下载"),
    ("models list", "列出已知模型和正在使用的模型"),
    ("models verify", "对照校验和检查模型文件"),
    ("models verify name", "模型（默认为正在使用的）"),
    ("models use", "选定下次启动使用的模型"),
    ("models use name", "模型名，见 `models list`"),
    ("models pull", "从模型库下载模型"),
    ("models pull name", "模型名，见 `models list`"),
    ("eval", "用标注好的问题衡量质量"),
    ("eval run", "把一套问题逐个问一遍，衡量检索和决策"),
    ("eval run kb", "文章：文件或目录"),
    ("eval run questions", "标注好的问题：CSV、XLSX 或 JSONL"),
    ("eval run mode", "lexical、dense 或 hybrid（默认 hybrid）"),
    ("eval run calibrate", "用什么把分数变成概率：self（按知识库自行校准）、prior（自带）或校准文件（默认 self）"),
    ("eval run target_precision", "作答的问题中应答对的比例（默认 0.95）"),
    ("eval run log", "以往未标注的问题，每行一个或 JSONL，用来估计范围外问题的占比"),
    ("eval run no_cache", "不用记住的向量，全部重新编码"),
    ("eval run out", "把这次评测的记录写到这里，供比较和出报告"),
    ("eval pairs", "用句对衡量编码模型"),
    ("eval pairs file", "每行两个句子和一个数，用制表符隔开"),
    ("eval report", "把一次评测写成一页：承诺、曲线、最严重的错误"),
    ("eval report record", "`eval run --out` 写出的记录，或保存的评测的名字"),
    ("eval report out", "页面文件（默认为记录的名字加 .html）"),
    ("eval report locale", "页面的语言：zh-CN 或 en（默认同提示的语言）"),
    ("eval fit", "拟合把握度，输出校准文件"),
    ("eval fit sets", "文章和标注好的问题，用逗号隔开：PATH,FILE"),
    ("decisions", "做过的决策：查看、重演"),
    ("decisions show", "查看一次决策和它的全部依据"),
    ("decisions show id", "决策编号，由 `ask` 返回"),
    ("decisions replay", "把一次决策的问题重新检索、判断，并作比较"),
    ("decisions replay id", "决策编号，由 `ask` 返回"),
    ("keys", "接口密钥：新建、列出、吊销"),
    ("keys create", "新建密钥并显示一次"),
    ("keys create role", "密钥的角色：widget、agent、editor 或 admin"),
    ("keys create name", "给人看的名字"),
    ("keys list", "列出全部密钥（不含密钥本身）"),
    ("keys revoke", "吊销密钥"),
    ("keys revoke id", "密钥编号，见 `keys list`"),
    ("backup", "备份数据库并校验，服务运行时也可以"),
    ("backup to", "写到这个新目录"),
    ("restore", "用备份替换数据库"),
    ("restore from", "备份所在的目录"),
    ("privacy", "顾客对自己数据的权利"),
    ("privacy erase", "抹去一位访客说过的一切及由此产生的内容"),
    ("privacy erase visitor", "访客编号，由商店给出"),
    ("privacy erase yes", "不再询问确认"),
    ("health", "问运行中的服务是否就绪"),
    ("health url", "询问的地址（默认 http://127.0.0.1:8080/readyz）"),
    ("help", "显示某个命令的帮助"),
    ("help command", "命令"),
];

/// One example of a command.
pub struct Example {
    /// What is typed.
    pub line: &'static str,
    /// What it does, in Chinese.
    pub zh: &'static str,
    /// What it does, in English.
    pub en: &'static str,
}

const fn example(line: &'static str, zh: &'static str, en: &'static str) -> Example {
    Example { line, zh, en }
}

/// Examples by the path of their command.
pub const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "",
        &[
            example("jieda demo", "装入示例商店并在 127.0.0.1:8080 提供服务", "load the sample shop and serve it on 127.0.0.1:8080"),
            example("jieda ask \"退款多久到账\" --explain", "问一句，并看依据", "ask a question and see the reasons"),
            example("jieda kb import faq.xlsx --dry-run", "看看表格里哪些行能收下", "see which rows of a workbook would be taken"),
            example("jieda help kb import", "查看一个命令的帮助", "the help of one command"),
        ],
    ),
    (
        "demo",
        &[
            example("jieda demo", "数据放在 ./data", "keep the data in ./data"),
            example("jieda demo --data-dir /tmp/shop --bind 127.0.0.1:9000", "换目录和端口", "another directory and port"),
        ],
    ),
    (
        "serve",
        &[
            example("jieda serve --data-dir /var/lib/jieda", "用默认配置", "with the default configuration"),
            example("jieda serve --config jieda.toml --bind 0.0.0.0:8080", "用配置文件，对外监听", "with a file, on every address"),
        ],
    ),
    (
        "ask",
        &[
            example("jieda ask \"发票怎么开\"", "问数据目录里的知识库", "ask the knowledge base in the data directory"),
            example("jieda ask \"发票怎么开\" --explain", "并说明依据", "and explain the outcome"),
            example("jieda ask \"How long does a refund take?\" --kb kb", "直接问一个目录", "ask a tree of articles"),
        ],
    ),
    ("kb", &[example("jieda kb import kb", "导入 Markdown 目录", "import a tree of Markdown files")]),
    (
        "kb import",
        &[
            example("jieda kb import faq.csv --dry-run", "先看结论", "look at the verdicts first"),
            example("jieda kb import faq.csv --encoding gbk", "指明编码", "name the encoding"),
            example("jieda kb import refused-20260101-090000.csv", "改好后再导入未收下的行", "import the corrected rows"),
        ],
    ),
    (
        "kb export",
        &[
            example("jieda kb export backup.jsonl", "每行一篇", "one article a line"),
            example("jieda kb export articles --form tree", "导出为目录", "as a tree of Markdown files"),
        ],
    ),
    ("kb lint", &[example("jieda kb lint kb", "检查整个目录", "check a whole tree")]),
    ("models", &[example("jieda models list", "有哪些模型", "which encoders there are")]),
    ("models list", &[example("jieda models list --format json", "供程序读取", "for programs")]),
    ("models verify", &[example("jieda models verify", "检查正在使用的模型", "check the encoder in use")]),
    ("models use", &[example("jieda models use jieda-embed-zh-en", "用回自带模型", "back to the bundled encoder")]),
    (
        "models pull",
        &[example("jieda models pull BAAI/bge-small-zh-v1.5", "下载后用 `models use` 选用", "then choose it with `models use`")],
    ),
    ("eval", &[example("jieda eval run --kb kb --questions eval/zh-CN.jsonl", "衡量示例知识库", "measure the sample knowledge base")]),
    (
        "eval run",
        &[
            example("jieda eval run --kb kb --questions eval/zh-CN.jsonl", "混合检索", "hybrid retrieval"),
            example("jieda eval run --kb kb --questions eval/en.jsonl --mode lexical --format json", "只用关键词", "keywords alone"),
        ],
    ),
    ("eval pairs", &[example("jieda eval pairs --file pairs.tsv --format json", "供程序读取", "for programs")]),
    (
        "eval report",
        &[
            example("jieda eval report run.json", "写到 run.html", "write run.html"),
            example("jieda eval report run.json --out report-en.html --locale en", "英文页面", "a page in English"),
        ],
    ),
    (
        "eval fit",
        &[example("jieda eval fit kb,eval/zh-CN.jsonl kb,eval/en.jsonl", "用项目自己的问题拟合", "fit to the project's own questions")],
    ),
    ("decisions", &[example("jieda decisions show 01936f2e-6c00-7000-8000-000000000000", "查看一次决策", "show a decision")]),
    ("decisions show", &[example("jieda decisions show 01936f2e-6c00-7000-8000-000000000000", "查看一次决策", "show a decision")]),
    (
        "decisions replay",
        &[example("jieda decisions replay 01936f2e-6c00-7000-8000-000000000000", "结果变了则返回 1", "status 1 if it differs now")],
    ),
    ("keys", &[example("jieda keys create --role agent --name 客服台", "给客服台一把密钥", "a key for the agents' console")]),
    ("keys create", &[example("jieda keys create --role widget --name 官网", "给网页一把密钥", "a key for the shop's pages")]),
    ("keys list", &[example("jieda keys list", "有哪些密钥", "which keys there are")]),
    ("keys revoke", &[example("jieda keys revoke 01936f2e-6c00-7000-8000-000000000000", "立即失效", "it stops working at once")]),
    ("backup", &[example("jieda backup backups/2026-01-01", "写到新目录", "write to a new directory")]),
    ("restore", &[example("jieda restore backups/2026-01-01", "先停止服务", "stop the server first")]),
    ("privacy", &[example("jieda privacy erase --visitor 8842", "抹去一位访客的内容", "erase a visitor")]),
    ("privacy erase", &[example("jieda privacy erase --visitor 8842 --yes", "不再询问", "without being asked")]),
    (
        "health",
        &[
            example("jieda health", "就绪则返回 0", "status 0 if it is ready"),
            example("jieda health --url http://127.0.0.1:9000/readyz", "换一个地址", "another address"),
        ],
    ),
    ("help", &[example("jieda help kb import", "查看一个命令的帮助", "the help of one command")]),
];
