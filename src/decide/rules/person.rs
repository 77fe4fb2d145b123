//! The wish to be served by a person.
//!
//! A message is read clause by clause. A clause is a wish when a verb of reaching meets a person (转人工, 叫你们经理来, get me a
//! human), when a person is all it says, when it refuses the bot, or when it asks to be called. It is none when it declines, when
//! it asks for facts about the service (几点上班), or when the word belongs to another (人工草坪, 老板椅): what may follow the word
//! is listed, since what must not has no end.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::{RuleInput, clauses, pattern, patterns};
use crate::text::normalize::fold;

/// Ways of typing 人工 and 真人 that are not them: homophones and look-alikes beside a verb or alone, pinyin and its initials.
static MISSPELT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(^|[转传专接找换叫要请到个下]|zhuan|^z)\s?(?:[人仁任入认][工功公共供攻宫弓エ]|人gong|ren\s?gong|ren工|r工|人g|rg|真[入认]|zhen\s?ren)",
        r"(客服|服务|客户|kefu|kf|客fu|\s?ke\s?fu|$|[吧啊呀谢快吗呢嘛好行了])"
    ))
});

/// What ends a mention of a person in Chinese: the end of the clause, a particle, or what the person is to do.
const END: &str = r"(?:$|吧|呗|啊|呀|呢|嘛|哦|哈|喔|啦|咯|了|么|吗|不$|谢|行|好|得|可以|快|马上|立刻|赶紧|现在|来|出来|过来|回|接|跟我|和我|同我|给我|帮我|帮忙|为我|对话|沟通|说|讲|聊|谈|唠|倾|
             处理|解决|理|管|服务|通道|在$|在哪|在不在|在么|在吗|唔|，|\s|转|人工|急|求|嚟|出嚟|帮助|协助|支援|支持|咨询|解答|介入|接待|接听|电话$|联系我|对接|怎么|咋|如何|点|撒|噻|呐|
             [a-z])";

/// People who serve, by role; 客服 and 人工 may carry a second half.
const SERVER: &str = r"(?:(?:真人|人工|人|在线|专属|高级|售后|售前)?客服(?:人员|专员|小姐姐|小哥|妹妹)?|(?:真|活|大活)人(?:客服|服务)?|人工(?:客服|服务|座席|坐席|台|专员|咨询)?|专人|(?:投诉|
             售后|客诉)?专员|kefu|接线员|接线生|话务员|[坐座]席|服务员|工作人员|值班人员|同事|相关部门|相关人员|agent|human|真実)";
/// People who decide.
const BOSS: &str = r"(?:经理|主管|领导|老板|老闆|店长|店主|掌柜|负责人|管事(?:儿)?的|说了算的|能做主的|做主的人|当家的|上级|上司|组长|班长|头儿|总监|管理人员|高层)";
const OWNED: &str = r"(?:你们?|您们?|你哋|他们|恁|贵|那个|一?个|一位|位)?(?:家|店|公司|平台)?(?:的|嘅)?(?:一?个|位)?";
const MODAL: &str = r"(?:一下|一哈|下|我|帮我|给我|俾我|到|去|成|入|至|为|上|个|一个|名|位|一位|得到|到个|的|能|会|真正?的|的是)*";

static WISH_ZH: LazyLock<RegexSet> = LazyLock::new(|| {
    patterns([
        // 转人工, 接个真人, 换客服, 找得到真人, 联系人工
        format!(
            r"(?:[转传专][接到换]?|zhuan|接[入通]?|找|换|叫|喊|要|需要|请|联系|联络|呼叫|呼|派|安排|连接?|切换?|召唤|求|搵|揾|call|想|能有|整|来|上|弄|给我|俾){MODAL}{SERVER}{END}"
        ),
        format!(r"(?:转[接到]?|接[入通]?){MODAL}(?:给)?{OWNED}(?:售后|售前|人|{SERVER}|{BOSS}){END}"),
        format!(r"(?:找|联系|叫|我要找|换){OWNED}(?:售后|售前)(?:客服|人员|的人)?(?:$|吧|啊|来|处理|解决|联系)"),
        r"(?:专人|专员)(?:对接|跟进|处理|联系|服务|负责|回复)".to_string(),
        // a short clause about a person at all: 必须人工, 能人工吗, 人工介入, 都没有真人的吗
        r"^.{0,7}(?:人工|真人|大?活人)(?:客服|服务|座席|坐席|窗口|台)*(?:$|介入|回复|回答|对接|接待|处理|的?(?:吗|么|吧|呢|啊|呀|嘛|不$|行|可以|好|ok)|来|入口|按钮|选项|
             通道|在哪|俾|接)(?:我|一下|我吧)?.{0,4}$".to_string(),
        // 有没有真人, 有活人吗
        format!(r"(?:有没有|有冇|有|哪有|还有|没有|能不能有|系咪){MODAL}(?:真|活|大活)人{END}"),
        format!(r"(?:有没有|有冇|有){MODAL}人工(?:客服|服务)?{END}"),
        // the word alone, politely or urgently
        format!(r"^(?:请|麻烦|那|就|快|我|还是|直接|喂|你好|您好|亲|帮忙)*{SERVER}(?:吧|呗|啊|呀|呢|嘛|哦|啦|谢谢|快点?|在吗|在哪里?|在不在|在么|出来|速来|来|快来|{SERVER})*$"),
        format!(r"{SERVER}(?:要|得|该|到底)?(?:怎么|怎样|如何|咋|点样|从哪|在哪|哪里|去哪)(?:才能|能|可以|个|里)?(?:找|联系|转|接|叫|进|打|呼叫|搵)"),
        r"(?:有没有|有冇|有|能不能有|能有|来)(?:个|一个)?人(?:能|来|可以|出来|真的|认真)*(?:管|理我|理一下|接待|解决|处理|负责|回我|回一下)".into(),
        format!(r"(?:{SERVER}|{BOSS})(?:能不能|可不可以|快|赶紧|马上|给我|都)*(?:出来|出嚟|滚出来|露面|现身|介入)|^(?:我要投诉|你们?的?)*(?:经理|主管|领导|店长|负责人)(?:在吗|
             在不在|呢|在哪里?|是谁|出来)"),
        r"^(?:有没有|有冇|有|你们有|你们没有)(?:在线|真人|人工)*客服(?:吗|么|啊|在吗|在|$)".to_string(),
        format!(r"{SERVER}(?:呢|出来|速来|快来|死哪去了|在哪里?(?:呢|啊|快点)*$|给我出来)"),
        // 叫人来, 找个人, 换个人来, 我要人, 接个人
        r"(?:叫|喊|找|换|来|派|安排|请|让|整|搵|揾|接|转|给我|俾|要)(?:个|一个|一下|你们的?|几个|位|帮我|其他|别的)*人(?:$|来|出来|过来|吧|啊|呀|呗|行|好|得|跟我|和我|同我|给我|理|
             管|说话|聊|谈|回|接|对接|沟通|服务|解决|处理一下|处理吧|联系我)".into(),
        r"(?:跟|和|与|同|找|弄|整)(?:个|一个|你们的?|真正的)*(?:真|活|大活)?人(?:工)?(?:类)?(?:客服)?(?:讲|说|聊|谈|沟通|对话|通话|倾|唠|交流|直接)".into(),
        format!(r"(?:想|要|能|可以|让我|我).{{0,4}}(?:跟|和|与|同){OWNED}(?:{SERVER}|{BOSS}|人)(?:直接)?(?:通|讲|说|聊|谈|沟通|对话|倾|唠|交流|反映|反馈|投诉|打电话)"),
        // 叫你们经理来, 我要见负责人, 把主管叫来
        format!(r"(?:叫|喊|让|找|见|请|换|联系|喊|呼叫|要求?|把){MODAL}{OWNED}{BOSS}(?:$|来|出来|出嚟|嚟|过来|叫|喊|请|找|说|跟|和|同|听|接|亲自|给我|解决|处理|吧|啊|谈|聊|呢)"),
        // 说人话的, 听得懂的
        r"(?:会|能|说|讲)?(?:说|讲|听)(?:得)?懂?点?人话".into(),
        r"(?:找|换|来|派|叫|安排|有没有|有|给)(?:我|个|一个|一位|位)*(?:能|会|懂|明白|正常|靠谱|可以|听得懂|管用|真|喘).{0,6}(?:的(?:人|同事|客服)?(?:吗|么|吧|来|$)|
             (?:明白|靠谱|懂)人)|(?:有没有|有|找个|来个|有莫得)(?:活|喘气|会喘气)的(?:人|吗|么|$)".into(),
        r"(?:有没有|有)(?:个)?人(?:啊|呀|吗)?(?:回|理|管|接|帮)(?:一下)?我".into(),
        r"^(?:请|我要|申请|要|快点?|快快|赶紧|帮忙)*转(?:接)?(?:一下|啊|吧)*$".into(),
        r"(?:叫|喊|让)(?:他|她|他们|佢)(?:出来|过来|来|接|回我)".into(),
        r"(?:帮|给|替|请|麻烦)(?:我|帮我|忙|帮忙)?转(?:接)?(?:一下|一哈|下|一转)?(?:吧|啊|嘛|谢谢)?$".into(),
        // no bot
        r"(?:不要|别|不想|不跟|唔要|唔想|讨厌|拒绝|不用|够了|受够|烦死).{0,6}(?:机器人|机械人|机器|人机|机器客服|智能客服|自动回复|ai客服|ai|bot)(?:$|了|好|来|跟|和|回|说|讲|倾|
             应付|敷衍|糊弄|聊|行|啊|吧|给我|再)".into(),
        r"(?:机器人|机械人|智能客服|ai|bot)(?:给我)?(?:滚|走开|闭嘴|一边去|下线|退下|别说话|靠边)".into(),
        r"^(?:请|麻烦)?(?:尽快|直接)?(?:打我|打给我|给我打|打我手机)(?:的)?(?:电话|手机)?(?:吧|啊|行吗|好吗|$)|^(?:请|麻烦)?(?:用)?(?:电话|致电|来电)(?:联系我|联络我|我|沟通)".into(),
        format!(r"(?:叫|喊|让|找|换|来|要|请|可以叫|弄|整){OWNED}同事(?:$|来|吧|跟|和|处理|过来|帮|联系)"),
        r"把(?:你们?的?)?(?:真人|人|客服|人工|经理|主管|领导|管事的|负责人)(?:给我)?(?:叫|喊|请|找|弄)(?:过来|来|出来)".into(),
        format!(r"(?:客服|人工)(?:人员)?(?:上线|处理|看|查|跟进|回)(?:一下|下)?$|(?:安排|派|叫|请)(?:个|一个|一位)?{SERVER}(?:跟进|处理|看|查|联系)"),
        format!(r"(?:反馈|转告|上报|转达|汇报)给?{OWNED}{BOSS}|{BOSS}(?:的)?(?:电话|联系方式)(?:多少|是多少|给我|呢|$|发)"),
        r"(?:要求?|申请|给我)升级(?:处理|投诉)?|^升级(?:处理|投诉)".into(),
        r"(?:让|叫|换|找)(?:个|一个)?(?:懂|明白|会|能|管用|靠谱)(?:行|事|点|处理|解决|做主|说话)*的".into(),
        r"(?:没有?|就没有?|没个|冇)(?:一个|个)?(?:真|活|大活)人(?:吗|么|啊|呀|能|来|在|管|理)|^(?:就|怎么|难道|都|到底)*(?:没有?|没个|冇)(?:一个|个)?人(?:吗|么|能|来|管|
             理)(?:我|一下|处理|解决)*(?:吗|么)?$".into(),
        r"^(?:请|麻烦|尽快|速|快)?(?:给|回)(?:我)?(?:个|一个)?电话(?:吧|啊|谢谢|行吗|好吗|可以吗)?$|^(?:我要|能|可以|能不能|想|要|可以打|能打|我想)*(?:打)?电话(?:沟通|说|
             聊|谈|讲|联系)(?:行|好|可以)?(?:吗|么|不|吧)?$|^(?:请|麻烦)?(?:回|打)我(?:个|一个)?电话".into(),
        // call me
        format!(r"(?:让|叫|请|安排|派|喊|麻烦)(?:一下)?{OWNED}(?:{SERVER}|{BOSS}|售后|人|同事|专人).{{0,6}}(?:打(?:个|一个)?电话|联系我?|回电|回复我|致电|来电|打(?:过来|
             给我)?$|找我|出来|跟我|和我|处理)"),
        r"^(?:那|就|请|麻烦|能不能|能|可以|可不可以|快|赶紧|尽快|希望|你们|直接|还是|我想|最好|帮忙)*(?:你们|安排)?(?:给我|跟我|帮我)?(?:打|回|拨)(?:个|一个|一通|通)?(?:电话|
             过来)(?:$|给我$|给我[吧吗啊行好]|跟我说|过来|来|联系|说|聊|吧|吗|行|好)".into(),
        r"(?:给我|俾我)(?:尽快|马上|现在)?(?:打|回)(?:个|一个|一通|返)?电话?(?:$|吧|来|过来|行|好|可以|吗|嘛)|(?:回个?电|回拨|回电)(?:给我|话给我|$|吧|行|好)".into(),
    ])
});

/// The clause declines.
static DECLINE_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:不用|别|甭|不要|无需|不需要|不必|不想|没必要|没有必要|唔使|唔好|先不|暂时不|不找|不是要|没想|没要|勿|没说要|取消)
          (?:再|给我|帮我|急着|让我|着急|麻烦|你|先|去|直接)*(?:转|找|叫|接|联系|换|喊|打|呼叫|人工|真人|客服|经理|主管|领导|安排)",
    )
});

/// The clause asks for facts about the service, or speaks of an earlier contact.
static FACTS_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"几点|什么时候|啥时候|什么时间|上班|下班|工作时间|服务时间|营业|周[一二三四五六日末]|星期|节假日|假期|春节|过年|晚上|半夜|24小时
          |排队|排多久|等多久|多久|多少|几个(?:人|客服)|热线|号码|微信号?|二维码|邮箱|收费|要钱|免费|费用|为什么|为啥|什么意思|是什么|叫什么
          |之后要|后要|以后要|的时候|刚才|刚刚那|昨天|前天|上次|之前|以前|早上那|那个(?:客服|人工)(?:说|让|叫|告诉|答应)|说过|答应|告诉我|骗我|态度|工号
          |(?:叫|派|找|安排|喊)(?:个)?人(?:来|过来|上门)(?:装|修|取|收|安装|量|送|搬|维修|拆|拿|检)|请唔请人|招(?:不招)?人|招聘|录音
          |是不是(?:人工|真人)|是(?:真人|人工)(?:吗|么|还是|审|做)|(?:真人|人工|机器人)还是|怎么收|如何收|区别|有(?:真人|人工)(?:图|秀|试)",
    )
});

const PERSON_EN: &str = r"(?:(?:an?|the|your|some|one of your|any|actual|real|live|living|human|senior|another|different|customer|service|
             support|shop|store|a)\ )*
    (?:humans?|hum[an]n|humna|huamn|hooman|humen|humans?|persons?|people|agents?|agnet|representatives?|reps?|
             operators?|supervisors?|managers?|someone|somebody|anyone|anybody|staff|advisors?|advisers?|team|support|
             customer\ service|csr|boss|being|colleagues?|employees?|specialists?|whoever(?:'s|\ is)\ in\ charge|
             person\ in\ charge|live\ chat|owner|one\ of\ your\ (?:staff|people|team))";
const END_EN: &str = r"(?:$|\ (?:pls|plz|please|now|asap|here|on|right|who|to|from|instead|immediately|today|for|about|in|at|already|
             not|and|thanks|thank|i|rather|or|that|right\ now|directly|member|staff|team|available|around|there|call|help|
             with|this)\b)";

static WISH_EN: LazyLock<RegexSet> = LazyLock::new(|| {
    patterns([
        format!(
            r"\b(?:talk|talking|speak|speaking|complain|chat|chatting|connect|connected|transfer|transferred|switch|put|
             escalate|hand|pass|forward|route|redirect|get|reach|through)\b(?:\ \w+){{0,4}}?\ (?:to|2|with|w|w/|through|thru|
             onto|over)\ (?:to\ |talk\ to\ |speak\ to\ )?{PERSON_EN}{END_EN}"
        ),
        format!(
            r"\b(?:get|gimme|give|find|bring|send|want|wanna|need|call|like|prefer|have|reach|contact|summon|fetch|is\ there|
             are\ there)(?:\ (?:me|us|to|reach|contact|have|see|hold\ of))*\ (?:an?|the|your|some|any|
             one\ of\ your)?\ ?(?:(?:actual|real|live|living|human|senior|customer|service|support)\ )*(?:humans?|persons?|
             people|agents?|representatives?|reps?|operators?|supervisors?|managers?|colleagues?|(?:human|living)\ beings?|
             staff\ member|support\ (?:team|staff|agent|person)|customer\ (?:service|support|care)){END_EN}"
        ),
        format!(r"\b(?:get|have|let|ask|make)\ (?:me\ )?{PERSON_EN}\ (?:to\ )?(?:call|contact|help|ring|phone|talk|reply|answer|email)"),
        format!(
            r"^(?:please|pls|plz|hi|hello|hey|ok|just|a|an|the|no|i\ said|give\ me)?\ ?(?:(?:actual|real|live|human|speak|
             customer)\ )*(?:human|agent|representative|rep|operator|person|supervisor|manager|live\ chat|customer\ service|
             live\ support|customer\ support|support|human\ support|support\ agent|
             receptionist)s?(?:\ with\ {PERSON_EN})?(?:\ (?:please|pls|plz|now|asap|thanks|here))*$"
        ),
        r"^(?:please\ |pls\ |just\ |can\ you\ |could\ you\ |can\ u\ |would\ you\ )*(?:connect|transfer|escalate|
             redirect)(?:\ (?:me|this|us|my\ (?:chat|case)))?(?:\ (?:please|pls|now|asap))*$"
            .into(),
        r"\b(?:get|find|give|send|bring|need|want|fetch)\ (?:me\ )?(?:someone|somebody|your\ (?:boss|manager|supervisor|
             staff|team))\b"
            .into(),
        r"\b(?:someone|somebody|anyone|anybody|person|member|people|one)\ (?:from|of|on|at|in)\ (?:your|the)\ (?:team|
             staff|shop|store|company|side|office|support|customer)"
            .into(),
        r"\b(?:done|fed\ up|tired|sick|enough|finished)\ (?:with|of)\ (?:talking\ to\ |this\ |the\ |these\ |your\ |
             a\ )*(?:chat)?(?:bot|robot|machine|ai)|\bany(?:one|body)\ (?:human|real|alive)\b"
            .into(),
        r"\b(?:is|are)\ (?:there\ )?(?:any|an|a|some|actual|real|live|\ )*(?:humans?|persons?|one|body|people|agents?|
             anyone|anybody|someone)\ (?:real|alive|human|actually|there|here|i\ can|to\ talk|who\ can)"
            .into(),
        r"\b(?:can|could|will|would|may|have|let|please)\ (?:please\ )?(?:an?|some|the|your|any)?\ ?(?:(?:actual|real|
             live|human|living)\ )*(?:humans?|persons?|agents?|people|representative|supervisor|manager|human\ being|
             staff)\ (?:please\ )?(?:help|answer|reply|talk|call|contact|assist|look|respond|deal|handle|speak|take\ over|
             step\ in)"
            .to_string(),
        r"^(?:any|just\ an?|a|is\ any|is\ a|are\ any|open|start|switch\ to|use)\ (?:(?:real|live|actual|
             human)\ )*(?:humans?|agents?|persons?|people|live\ chat|operators?|representatives?)(?:\ (?:available|free|here|
             there|please|online|now|around|would.*))*$"
            .into(),
        r"\bput\ (?:a|an|some|your)?\ ?(?:human|someone|person|manager|agent|real\ person)\b|\bwho\ (?:can|do|should|
             could)\ i\ (?:talk|speak|chat)|\b(?:be|get)\ transferred$|\bin\ charge\b|\ba\ human's\ help"
            .into(),
        r"\bput\ me\ through|\bescalate\ (?:this|it|my|me)|\b(?:actual|real|live)\ (?:human|person|people|agent)s?$|
             \bhuman\ (?:support|agent|help|being|assistance|operator|representative|rep|service)$"
            .into(),
        r"^(?:where(?:'s|\ is|\ are)|i\ demand|demand)\ (?:an?|the|your|all\ the)?\ ?(?:manager|supervisor|human|humans|
             boss|owner|staff|real\ people)"
            .into(),
        r"\bsomeone\ (?:real|human|alive|who\ (?:understands|can\ actually|actually|isn't))|\bnot\ (?:a|an|some|
             this)\ (?:bot|robot|machine|ai)\b|\b(?:zhuan\ ?)?ren\ ?gong\b|\bzhen\ ?ren\b"
            .into(),
        r"\b(?:call|ring|phone|contact)\ me(?:\ back)?\b|\bcall(?:back|\ back)\b|\bgive\ me\ a\ (?:call|ring)\b".into(),
        r"\b(?:don't|dont|do\ not|not)\ (?:want|wanna|like|need)?\ ?(?:to\ )?(?:talk|speak|talking|speaking|chat|chatting|
             deal)?(?:ing)?\ ?(?:to|with)?\ ?(?:a|an|the|this|your|some)?\ ?(?:chat)?(?:bot|robot|machine|ai)s?$"
            .into(),
        r"^(?:no|stop|enough|no\ more)(?:\ (?:with|of|the|more|this|these))*\ (?:chat)?(?:bot|robot|machine|
             automated\ repl|auto\ repl)\w*"
            .into(),
    ])
});

static DECLINE_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:no\ need|not\ necessary|needn't|without|instead\ of|rather\ than|no)\b(?:\ \w+){0,3}?\ (?:human|agent|
             person|manager|representative|anyone|someone|staff|operator|call)
          |\b(?:don't|dont|do\ not|please\ don't|didn't|never)\ (?:need|want|connect|transfer|call|put|have|
             bother|get|send|escalate)\b",
    )
});

static FACTS_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:hours?\b.{0,20}$|what\ time|when\ (?:is|are|do|does|can)|open|opening|available\ (?:on|during|at)|sundays?|
             saturdays?|weekends?|holidays?
          |number\b|e-?mail|wechat|how\ (?:long|many|much)|yesterday|last\ (?:time|week)|this\ morning|earlier|
             spoke|talked|told|promised|said|was\ rude
          |(?:can|could|will|would|should|does|have|ask|let|tell|make|get|want|need)\ (?:the|my|your|a)\ (?:(?:delivery|courier|installation|repair|moving|shipping)\ (?:persons?|guys?|man|men|drivers?|agents?|people|staff|team)|couriers?|drivers?|technicians?|installers?|fitters?|postman|mailman|riders?)
          |who\ (?:can|do|should|could|would)\ i\ (?:talk|speak|chat|write)\ (?:to|with)\ (?:about|for|regarding|if\ i\ want)\ (?:an?\ |your\ |placing\ |making\ )*(?:bulk|wholesale|business|corporate|company|group|large|big|custom\w*|partner\w*|cooperat\w*|collaborat\w*|resell\w*|franchis\w*|suppl\w*|sponsor\w*|advertis\w*|jobs?|hiring|careers?|sell\w*)
          |someone\ (?:to\ (?:install|collect|pick|fix|repair|sign|measure|deliver|decide)|neutral)|become|agent\ for|\bfee
          |(?:are\ (?:you|u)|am\ i\ (?:talking|speaking|chatting)\ (?:to|with)|is\ (?:this|it))\ (?:just\ )?(?:an?\ )?(?:real\ |actual\ |live\ )*(?:human|
             person|agent|people|bot|robot)\b)",
    )
});

/// A clause that ends in a plain demand is a wish, whatever it told before.
static DEMAND_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:给我|帮我|替我|我要|我想|我只想|想要|请|快|快点|赶紧|马上|立刻|直接|麻烦|还是|就|了|可以|能|能不能|不给我|不给|不)(?:转[接到]?|接[入通]?|找|换|叫|喊|
             联系){MODAL}(?:{SERVER}|{BOSS})(?:吧|啊|呀|嘛|了|行吗|行不行|好吗|可以吗|吗|谢谢|处理|解决|来|出来)*$"
    ))
});

/// Refusing the bot looks like declining and is a wish.
static REFUSES_BOT: LazyLock<Regex> = LazyLock::new(|| pattern(r"机器人|机械人|人机|自动回复|智能客服|\bai\b|ai客服|bot\b|robot|machine"));

/// A clause that only says that no person is wanted.
static REFUSAL_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:请|麻烦|我|先|就|那|你们?|您|千万|可|都|也|其实|暂时|现在|好的?|谢谢)*(?:不用|不要|别|甭|无需|不需要|不必|不想要?|没必要|没有必要|唔使|唔要|唔好|不找|勿|拒绝|不是要)
          (?:再|给我|帮我|替我|急着|让我|着急|麻烦|你们?|先|去|直接|跟|和|同|与|用|找|转接?|转到|接入?|叫|联系|换|要|有|打扰|安排|一个|个|什么|你们的)*
          (?:(?:人工|真人|活人|在线|专属)(?:客服|服务|坐席|座席|专员|电话)?|客服(?:人员|小姐姐)?|(?:找|叫|换|派|转|跟|和|同)人|转接?)(?:来|说话?|聊天?|谈|讲|沟通|对话|处理|回复|介入|帮忙|接待|服务|我)*
          (?:了|啊|吧|哈|哦|呢|嘛|的|呀|啦|谢谢|谢|好吗|行吗|先)*$",
    )
});

static REFUSAL_EN: LazyLock<Regex> = LazyLock::new(|| {
    const WHOM: &str = r"(?:\ (?:to|with|an?|any|the|your|one|over|through|on|me|for|real|live|human|actual|customer|service))*";
    const SERVER: &str = r"(?:humans?|agents?|persons?|people|representatives?|reps?|operators?|staff|managers?|someone|somebody|anyone|anybody|customer\ service)";
    const BEFORE: &str = r"^(?:please|pls|plz|ok|okay|but|and|hi|hello|well|i|thanks|\ )*";
    const AFTER: &str =
        r"(?:\ (?:please|pls|plz|needed|required|necessary|thanks|thank\ you|now|yet|today|for\ (?:this|now|me)|at\ all))*$";
    pattern(&format!(
        r"{BEFORE}\ ?(?:no|without|skip|not)(?:\ need(?:\ (?:for|of|to\ (?:talk|speak|connect|transfer|get|call|involve)))?)?{WHOM}\ {SERVER}{AFTER}
          |{BEFORE}\ ?(?:don't|do\ not|dont|didn't|never)\ (?:want|need|wanna|wish|have)(?:\ to)?(?:\ (?:talk|speak|chat|be\ (?:transferred|connected|passed)))?{WHOM}\ {SERVER}{AFTER}
          |{BEFORE}\ ?(?:don't|do\ not|dont|never)\ (?:transfer|connect|escalate|hand|pass|put)\ (?:me|this|us)(?:{WHOM}\ {SERVER}|\ (?:over|through))?{AFTER}"
    ))
});

/// Whether the message only says that no person is wanted (不用转人工, no human please). It is no wish for one, and nothing to
/// search for: 人工 in it would find the articles on reaching a person.
pub fn refuses_person(input: RuleInput<'_>) -> bool {
    let mut any = false;
    for clause in clauses(input.folded) {
        if !refuses(clause) {
            return false;
        }
        any = true;
    }
    any
}

fn refuses(clause: &str) -> bool {
    if REFUSES_BOT.is_match(clause) {
        return false;
    }
    if clause.is_ascii() {
        return REFUSAL_EN.is_match(clause);
    }
    let compact: String = clause.chars().filter(|c| !c.is_whitespace()).collect();
    REFUSAL_ZH.is_match(&compact)
}

/// The text without its clauses that only refuse a person (不要转人工，怎么退货); the whole, if nothing else is left.
pub fn without_refusals(text: &str) -> String {
    let is_end = |c: char| matches!(c, ',' | '，' | '。' | '!' | '！' | '?' | '？' | ';' | '；' | '\n' | '、' | '~');
    let kept: String = text.split_inclusive(is_end).filter(|part| !refuses_person(RuleInput { text: part, folded: &fold(part) })).collect();
    if kept.chars().any(char::is_alphanumeric) { kept.trim().to_owned() } else { text.to_owned() }
}

/// Whether the customer wants to be served by a person: now, as a demand, a question (怎么转人工), a call back or inside a
/// complaint. Asking about the service, speaking of an earlier agent and declining are no wish.
pub fn wants_person(input: RuleInput<'_>) -> bool {
    if clauses(input.folded).any(is_wish) {
        return true;
    }
    // 人-工, 转。人。工: marks between the characters of a short message.
    let letters: String = input.folded.chars().filter(|c| c.is_alphanumeric()).collect();
    letters.len() != input.folded.len() && letters.chars().count() <= 8 && is_wish(&letters)
}

fn is_wish(clause: &str) -> bool {
    if refuses(clause) {
        return false;
    }
    if clause.is_ascii() {
        return MISSPELT.is_match(clause) || is_wish_en(clause);
    }
    let compact: String = clause.chars().filter(|c| !c.is_whitespace()).collect();
    let compact = MISSPELT.replace(&compact, "${1}人工${2}");
    let wish = WISH_ZH.is_match(&compact)
        && (!FACTS_ZH.is_match(&compact) || DEMAND_ZH.is_match(&compact))
        && (!DECLINE_ZH.is_match(&compact) || REFUSES_BOT.is_match(&compact));
    // English inside a Chinese clause: 我要talk to human.
    wish || (clause.bytes().filter(u8::is_ascii_alphabetic).count() > 8 && {
        let english: String = clause.chars().map(|c| if c.is_ascii() { c } else { ' ' }).collect();
        english.split("  ").map(str::trim).any(|part| !part.is_empty() && is_wish_en(part))
    })
}

/// The English words that a wish turns on.
const KEYS: [&str; 10] =
    ["human", "agent", "representative", "operator", "manager", "supervisor", "customer", "service", "person", "someone"];
/// Words one slip away from a key that mean themselves.
const NOT_SLIPS: [&str; 8] = ["humane", "manage", "managed", "manages", "personal", "persons", "urgent", "operate"];

/// A clause with the slips of typing in its key words mended: one letter too many, too few, wrong or exchanged, two in long words.
fn corrected(clause: &str) -> String {
    let words = clause.split(' ').map(|word| {
        let plain = word.trim_end_matches('s');
        if plain.len() < 4 || KEYS.contains(&plain) || NOT_SLIPS.contains(&word) {
            return word;
        }
        if matches!(word, "hooman" | "humn" | "hman" | "humen") {
            return "human";
        }
        if matches!(word, "taalk" | "tlak" | "takl" | "talkk") {
            return "talk";
        }
        KEYS.into_iter().find(|key| plain.len().abs_diff(key.len()) <= 2 && slips(plain, key) <= key.len() / 5).unwrap_or(word)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Edits between two words, an exchange of neighbours counting as one. **Source**: Damerau's distance, restricted.
fn slips(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if exchanged { least.min(rows[i - 2][j - 2] + 1) } else { least }
            };
        }
    }
    rows[a.len()][b.len()]
}

fn is_wish_en(clause: &str) -> bool {
    let clause = &corrected(clause);
    WISH_EN.is_match(clause) && !FACTS_EN.is_match(clause) && (!DECLINE_EN.is_match(clause) || REFUSES_BOT.is_match(clause))
}

#[cfg(test)]
mod tests {
    use super::super::judged;
    use super::*;

    #[test]
    fn judged_on_the_labelled_messages() {
        judged::hold("person_wish", 0.95, |line| line["label"] == true, wants_person);
    }

    #[test]
    fn a_refusal_is_told_from_a_wish_and_from_what_stands_beside_it() {
        judged::hold("refuse_person", 0.95, |line| line["label"] == true, refuses_person);
        for (number, line) in judged::lines("refuse_person") {
            let text = line["text"].as_str().unwrap();
            if line["label"] == true {
                assert!(!judged::with(text, wants_person), "{number}: {text}");
            }
            if let Some(rest) = line["rest"].as_str() {
                assert_eq!(without_refusals(text), rest, "{number}");
            }
        }
    }
}
