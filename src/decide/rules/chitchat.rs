//! Small talk: messages in which nothing is left once greetings, thanks and the like are taken away.
//!
//! A message is read as a chain of phrases, each of one kind; particles, forms of address and punctuation join them. If the
//! chain covers every letter, the message is small talk and the strongest kind in it names it. One letter more, and it may be a
//! question: it is none.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::{DFA_BYTES, RuleInput, ascii_words, refuses_person};
use crate::domain::decision::{Reason, named};
use crate::text::normalize::is_han;

named! {
    /// Which sort of small talk, strongest first: an insult colours a message more than a greeting in it.
    ChitchatKind {
        /// Abuse without a problem.
        Insult = "insult",
        /// Who answers here, and in which languages.
        Identity = "identity",
        /// An opening without a question yet.
        Fragment = "fragment",
        /// A goodbye.
        Goodbye = "goodbye",
        /// Thanks.
        Thanks = "thanks",
        /// Praise.
        Praise = "praise",
        /// A greeting.
        Greeting = "greeting",
        /// Lone punctuation, emoji, “嗯”.
        Filler = "filler",
    }
}

impl ChitchatKind {
    /// The reason that a decision records.
    pub const fn reason(self) -> Reason {
        match self {
            ChitchatKind::Insult => Reason::Insult,
            ChitchatKind::Identity => Reason::Identity,
            ChitchatKind::Fragment => Reason::Fragment,
            ChitchatKind::Goodbye => Reason::Goodbye,
            ChitchatKind::Thanks => Reason::Thanks,
            ChitchatKind::Praise => Reason::Praise,
            ChitchatKind::Greeting => Reason::Greeting,
            ChitchatKind::Filler => Reason::Filler,
        }
    }
}

/// The longest message that is looked at, in letters: small talk is short.
const MAX_LETTERS: usize = 90;

/// Particles, address and softeners: may stand anywhere, mean nothing alone.
const GLUE: &str = concat!(
    r"[啊呀哈哦噢喔啦了咯喽哟呦嘛吧的地得呢哒滴捏耶咧喇嘞撒噻么个我你您很真太好都也又还是就那这]|亲爱的|亲|亲们|客服|小二|店家|店小二|掌柜的?|老板娘?|美女|帅哥|小姐姐|小哥哥?|小姐|先生|朋友|宝子?|宝贝|",
    r"大家|各位|机器人|小助手|助手|同学|老师|师傅|诸位|你们|您们|你哋|佢|人家|真的|可真|这么|那么|实在|一下|那就|所以|然后|不过|\bthere\b|\bdear\b|\bguys?\b|\bteam\b|",
    r"\bsir\b|\bmadam\b|\bmate\b|\bbro\b|\bman\b|\beveryone\b|\bbot\b|\bso\b|\bvery\b|\bjust\b|\bplease\b|\bpls\b|",
    r"\bplz\b|\band\b|\bthe\b|\ba\b|\bi\b|\bis\b|\bare\b|\byou\b|\byour\b|\byou're\b|\bur\b|\bu\b|\bthis\b|\bthat\b|",
    r"\bfor\b|\boh\b|\bwell\b|\bit\b|\bwas\b|\bwith\b|\bto\b|\bme\b|\bmy\b|\bof\b|\bhave\b|\bam\b|\bi'm\b|\bim\b|",
    r"\btoo\b|\bfrom\b"
);

const FILLER: &str = concat!(
    r"嗯+|恩+|哦+|噢|喔|啊+|呃+|额+|唔|诶|欸|哎呀?|唉|哈+|呵+|嘿+|嘻+|哼|呜+|咦|哇+|嗯哼|好+|好[的吧嘞滴哒呀啊哦咯呢勒]|行+|行[吧的啊呀]|可以的?|可以了|收到了?|了解了?|明白了?|",
    r"知道了?|懂了|晓得了|清楚了|是的?|对的?|对对|没错|得|得啦|係咯?|系咯?|系啊|冇问题|没问题|无所谓|随便|原来如此|原来是这样|这样啊|这样呀|这样哦|这样子|酱紫|真的吗?|是吗|是么|不是吧|算了|",
    r"没事了?|没啥|没什么|没了|没有了|冇嘢|冇野|唔使了|不用了|不需要了|解决了|搞定了?|弄好了|看到了|好了|好啦|ok了|欧了|okk*|okay|okey|oki|k{1,3}|\bok\b|\bokie\b|中|",
    r"不好意思|抱歉|对不起|稍等(?:一下|下|片刻|会儿?|一会儿?)?|等等|等[一]?[下会]儿?|稍后|我(?:先|再|自己)+(?:去)?(?:看一?看|看一下|看下|找一?找|找一下|想一?想|想一下|试一?试|试一下|试下|考虑(?:一下|下|考虑)?|研究(?:一下|下|研究)?|对比(?:一下|下)?|逛逛|瞧瞧)|",
    r"[让等容]我(?:先|再|自己)*(?:去)?(?:看一?看|看一下|看下|找一?找|找一下|想一?想|想一下|试一?试|试一下|试下|考虑(?:一下|下)?)|已经?(?:好了|可以了|行了|没事了|解决了|弄好了|搞定了?)|不用管了?|",
    r"\bhold on\b|\bhang on\b|\b(?:just )?(?:one|a|give me a|wait a) (?:moment|sec|second|minute|min)\b|\b(?:let me|i'll|i will|i'm going to) (?:just |first |go )?(?:check|see|look|have a look|take a look|think|think about it|try|try it|try that)(?: it| that| first| again| now)?\b|",
    r"\b(?:i'm |so |very )?sorry\b|\bmy bad\b|\bmy apologies\b|\bapologies\b|\bno worries\b|",
    r"妥|妥了|成|1{1,4}|6{2,6}|嗯呐|昂|en+|\ben\b|\bemm+\b|\bem+\b|\bhm+\b|\bhmm+\b|\bmm+\b|\bum+\b|\buh+\b|\buh huh\b|",
    r"\buhh\b|\bah+\b|\boh+\b|\bohh\b|\blol\b|\blmao\b|\bhaha+\b|\bhehe+\b|\bha\b|\bgot it\b|\bgot ya\b|\bgotcha\b|",
    r"\bi see\b|\bnoted\b|\balright\b|\ball right\b|\bright\b|\bsure\b|\byes\b|\byep\b|\byeah\b|\byup\b|\bya\b|\bno\b|",
    r"\bnope\b|\bfine\b|\bcool\b|\bunderstood\b|\bmakes sense\b|\bnever ?mind\b|\bnvm\b|\bno problem\b|\bnp\b|\bwow\b|",
    r"\bwhatever\b|\breally\b|\bindeed\b|\bthat's all\b|\bthats all\b|\bthat is all\b|\ball good\b|\ball set\b|",
    r"\bthat helped\b|\bhelped\b|\bthat helps\b|\bsolved\b|\bfixed\b|\bsorted\b|\bit works( now)?\b|\bx+d\b|\bbrb\b|",
    r"\bwait\b|笑死|绷不住了|无语了?|服了|呵呵哒|东西收到|货收到|收到货"
);

const GREETING: &str = concat!(
    r"[恁侬伊]好|老板好|老板娘好|[在][的地]?吗|人呢|有客服在?吗|雷猴|你好嘢|你好鸭|鸭|嘢|亲$|hola|bonjour|konnichiwa|\bwelcome\b|[你您妳泥逆]+好+|您好|你们好|大家好|",
    r"亲好|妮好|尼好|拟好|泥嚎|你嚎|nin ?hao|ni ?hao+|nihao+|哈[喽啰罗囉咯楼]|嗨|嗨[喽咯嘍]?|哈哎|hello|害喽|halo|喂+|早+|早上好|早安|早晨|上午好|中午好|午安|下午好|",
    r"晚上好|晚好|傍晚好|夜晚好|新年好|新年快乐|过年好|节日快乐|周末愉快|周末好|国庆快乐|中秋快乐|圣诞快乐|在吗?|在么|在嘛|在不在|在不|在没|有人吗|有人么|有人没|有人在(?:吗|么|不|没)?|",
    r"有没有人(?:在)?|有冇人(?:喺度|在)?|喺度|喺唔喺度|人在吗|客服在吗?|好久不见|幸会|吃了吗|食咗饭未|\bhi+\b|\bhii+\b|\bhey+\b|\bhello+\b|\bhelo\b|",
    r"\bhullo\b|\bhallo\b|\bhiya\b|\byo\b|\bhowdy\b|\bgreetings\b|\bsup\b|\bwhat's up\b|\bwhats up\b|\bwassup\b|",
    r"\bgood (?:morning|afternoon|evening|day)\b|\bmorning\b|\bafternoon\b|\bevening\b|\bg'?day\b|\bgm\b|",
    r"\bhow are you(?: doing)?(?: today)?\b|\bhow's it going\b|\bhow do you do\b|\bnice to meet\b|\banyone (?:there|",
    r"here|home|around)\b|\banybody (?:there|here|home|around)\b|\bare you there\b|\bis anyone\b|\bthere\b|\bhope\b|",
    r"\bhappy new year\b|\bmerry christmas\b"
);

const THANKS: &str = concat!(
    r"感谢帮助|帮助|麻烦啦|没有?问题了?|阿里嘎多|\bta\b|merci|arigato|谢+谢*|謝|多谢|谢谢侬|感谢|感恩|感激|感激不尽|万分感谢|非常感谢|十分感谢|蟹蟹|谢啦|谢咯|谢了|谢过|鸣谢|拜谢|",
    r"跪谢|叩谢|三克油|3q+|三q|thx|thanks|xiexie|xie ?xie|唔该晒?|唔該|晒|m goi|劳烦了?|麻烦[你您]*了|麻烦了|麻烦你们?了|有劳了?|辛苦了?|辛苦[你您]*们?了?|费心了?|",
    r"打扰了|承蒙|帮大忙了?|帮了大忙|谢谢帮忙|帮忙|的帮助|的回复|的耐心|的解答|解答|\bthanks?\b|\bthank(?:s| you| u)\b|\bthankyou\b|\bthnx\b|\bthx+\b|",
    r"\btnx\b|\bthks\b|\btks\b|\bty+\b|\btysm\b|\btyvm\b|\bthank(?:s)? (?:a lot|so much|a million|very much|a bunch|",
    r"heaps|again)\b|\ba lot\b|\bso much\b|\bvery much\b|\bagain\b|\bmuch appreciated\b|\bappreciate(?:d| it| that|",
    r" the help| your help)?\b|\bcheers\b|\bmany thanks\b|\bthanks for (?:your|the) (?:help|time|reply|answer|info|",
    r"quick reply)\b|\bgrateful\b|\b(?:your|the|for) (?:help|time|support|patience|info)\b|\bbless you\b|",
    r"\bmuch obliged\b|\bhelp(?:ing)? me\b"
);
const REAL_THANKS: &str = concat!(
    r"麻烦啦|阿里嘎多|^ta$|merci|arigato|谢|感恩|感激|蟹蟹|三克油|3q|三q|thx|xie ?xie|唔该|唔該|麻烦[你您们]*了|麻烦了|劳烦|有劳|辛苦|费心|承蒙|帮大忙|帮了大忙|打扰了|",
    r"\bthank|\bthnx|\btnx|\bthks|\btks|\bty+\b|\btysm|\btyvm|appreciate|\bcheers\b|grateful|obliged|bless you"
);

const GOODBYE: &str = concat!(
    r"下次再?聊|[我]?去?睡觉?[了去]*|先?去忙了?|走咯|忙了|挂了|先挂|到此为止|结束吧?|再见了?|再見|再会|拜+|拜拜+|掰+|白白|88+|886|8+|回见|回聊|改天聊|下次聊|下次见|下次再说|明天见|",
    r"回头见|回头聊|回头再说|改天再说|先这样|就这样|那就这样|先酱|先到这|到这里吧?|先下了?|下了|先走了?|走了|撤了?|闪了|溜了|告辞|告退|晚安|好梦|安安|退下了?|失陪|再联系|保持联系|有事再找[你您]?|",
    r"有需要再找[你您]?|有问题再问|不聊了|不打扰了|没事了|没别的(?:事|问题)了?|没其他(?:事|问题)了?|没有其他(?:问题)?了?|没问题了|没有问题了|冇嘢喇|拜啦|拜了|先忙|你忙|您忙|忙去吧?|去忙了?|",
    r"睡了|休息了|下线了?|有缘再见|祝好|祝[你您]?(?:生活|工作)?(?:愉快|顺利)|zaijian|\bbye+\b|\bbye ?bye+\b|\bgood ?bye\b|\bgoodbye\b|\bcya\b|",
    r"\bcu\b|\bsee (?:you|ya|u)(?: later| soon| around| tomorrow| next time)?\b|\blater+s?\b|\bttyl\b|\bg2g\b|\bgtg\b|",
    r"\bgotta go\b|\bgot to go\b|\bgood ?night\b|\bgn\b|\bnight(?: night)?\b|\bnite\b|\btake care\b|",
    r"\bcatch you later\b|\bfarewell\b|\bciao\b|\bcheerio\b|\bhave a (?:good|nice|great|lovely) (?:day|one|evening|",
    r"night|weekend)\b|\bthat's all\b|\bthats all\b|\bthat is all\b|\bthat'll be all\b|\bi'm (?:done|off|leaving)\b|",
    r"\bsigning off\b|\btalk (?:to you )?(?:later|soon)\b|\bpeace out\b|\bnothing else\b"
);
const REAL_GOODBYE: &str = concat!(
    r"睡|去忙|走咯|先挂|挂了|到此为止|结束|再见|再見|再会|拜|掰|白白|88|回见|聊|下次见|明天见|回头|改天|先这样|就这样|先酱|先到这|到这里|先下|下了|走了|撤|闪了|溜了|告辞|告退|晚安|好梦|退下|",
    r"失陪|再联系|保持联系|[事要]再找|再找[你您]|再问|不打扰|冇嘢|没别的|没其他|没有其他|先忙|去忙|睡了|休息了|下线|有缘|祝|zaijian|\bbye|bye\b|\bcya\b|\bcu\b|\bsee (?:you|ya|",
    r"u)|\blater|\bttyl|\bg2g|\bgtg|\bgotta go|\bgot to go|\bnight|\bgn\b|night\b|nite|take care|farewell|ciao|",
    r"cheerio|have a (?:good|nice|great|lovely)|that'?s all|that is all|that'll|i'm (?:done|off|leaving)|signing|",
    r"talk (?:to you )?(?:later|soon)|peace out|nothing else"
);

const FRAGMENT: &str = concat!(
    r"(?:不好意思|抱歉|对不起)打[扰搅](?:一下|下|[你您]们?|了)*|打[扰搅]一?下|\b(?:sorry|hate) to (?:bother|disturb|trouble)\b|",
    r"我?需要(?:帮助|帮忙|咨询)|我?(?:这边|这里)|我?(?:遇到|碰到|出|出现|有)(?:了|点|个|一个|些)*(?:问题|情况|麻烦|事)|要说|我想$|我要$|我$|(?:我)?(?:可以|能|方便|",
    r"可不可以|能不能|可否|好不好)(?:问|咨询|请教|帮|麻烦|打扰)(?:你|我|您|下)*(?:个|一下|一个|几个|些|点|下|忙)*(?:问题|事情?|事儿)?(?:吗|么|不|嘛)|(?:我?想|要|能|可以|",
    r"可不可以|能不能|需要|麻烦|跟[你您]们?|向[你您]们?|找[你您]们?|请教|帮我|给我|来|过来|又|再|顺便|还|另外|有点|有些|有|几)+|(?:我?想)?(?:请)?(?:问|咨询|请教|打听|了解|询问|",
    r"确认|反映|反馈|说|讲|聊|商量|核实|查|查询|麻烦|求助|帮忙|沟通)+(?:问|咨询|下|一下|一哈|个|点|些|几个|一个|件|一件|你|您|你们)*(?:问题|事情|事儿?|东西|情况|东东|嘢|野)?|",
    r"请问(?:一下|下)?|借问|敢问|问下?|问一?问|(?:有|个|一个|几个|一件|件|点|小|些|还有|另外|这么|最后)+(?:问题|事情|事儿?|疑问|情况|急事|困难|麻烦)|问题|疑问|事情|是这样(?:的|",
    r"子)?|事情是这样的?|这样的?|情况是|就是|就是说|那个|这个|内个|话说|对了|还有|另外|我说|听我说|听着|帮个?忙|帮[我下]|帮帮我|帮帮忙|求助|求救|求帮助|救命|急|急急|在线等|可能|说起来|有点|",
    r"比较|长|复杂|不知道|该|怎么|怎样|说|讲|从何说起|跟你们?|和你们?|同你|与你们?|想跟|关于|\bquick question\b|\b(?:i )?(?:have|had|got|have got|",
    r"'ve got)(?: a| another| one| some)?(?: quick| few| small| little| simple)? (?:questions?|problems?|issues?|",
    r"inquir(?:y|ies)|query|thing)\b|\b(?:a |one |another |quick |more |small )*questions?\b|\b(?:can|could|may|might|",
    r"would|will) (?:i|you|u|someone|anyone) (?:please )?(?:ask|help|assist)(?: you| me| out| something| a question|",
    r" with something)*\b|\b(?:i )?(?:need|want|require)(?: some| your| a bit of)? (?:help|assistance|advice)\b|",
    r"\bhelp(?: me)?(?: out)?\b|\bi (?:was|am|'m) (?:just )?wondering\b|\bwas wondering\b|\bjust wondering\b|",
    r"\bwondering\b|\bso here's the thing\b|\bhere's the thing\b|\bthe thing is\b|\bso basically\b|\bbasically\b|",
    r"\bi (?:want|wanted|would like|'d like)(?: to)?(?: ask| know)?(?: something| about something)?\b|\b(?:want|",
    r"wanted|like) to (?:ask|know|enquire|inquire)\b|\bi'd like to (?:ask|know)(?: something)?\b|\bask(?: something|",
    r" you something| a question)?\b|\bexcuse me\b|\bpardon\b|\blisten\b|\bsorry to bother\b|\bsomething\b|",
    r"\bone more thing\b|\banother thing\b|\bone more\b|\babout\b|\bi\b|\bif\b|\bcan\b|\bdo you have a (?:minute|",
    r"moment|second|sec)\b|\bgot a (?:minute|moment|sec|second)\b"
);
/// What makes a chain with such words an opening, rather than glue around a greeting.
const REAL_FRAGMENT: &str = concat!(
    r"(?:不好意思|抱歉|对不起)打[扰搅]|打[扰搅]一?下|(?:sorry|hate) to (?:bother|disturb|trouble)|^我(?:想|要)?$|需要帮|有(?:个|点|些)?情况|想?(?:问|咨询|请教|打听|询问|反映|反馈|求助|商量|核实)|想了解|想知道|了解一下|(?:有|个|点|遇到|碰到|出|出现)了?(?:个|点|些|一个|",
    r"几个)?(?:问题|疑问|事)|^问题$|疑问|事情|[问打]事儿?|个事|请问|想说|想讲|帮个?忙|帮我|帮下|帮帮|救命|求救|求助|^急+$|在线等|那个|这个|内个|话说|对了|还有|另外|就是|是这样|唔该问|",
    r"有嘢|wondering|question|problem|issue|inquir|query|^help|need.*\bhelp\b|help me|you help|thing\b|basically|",
    r"\bask\b|i (?:want|wanted|would like)|i'd like|excuse me|pardon|listen|got a|do you have a"
);

const PRAISE: &str = concat!(
    r"还来|会回购的?|回购|有才|比|人工|人|小姐姐|小哥|(?:[你您]们?(?:家|店)?|客服|服务|态度|服务态度|质量|东西|商品|宝贝|产品|质感|做工|颜值|颜色|手感|面料|款式|口感|衣服|店|店铺|物流|",
    r"发货|速度|包装|味道|回复|机器人|价格|效果|性价比|整体|也|都|比|上次|之前|那个|那家|别家|其他|会|再来|再买|来|买|下次|还|继续|回购|推荐|给|朋友|大家|一直|家|多|们)|",
    r"[好真太很挺超非常特别十分老贼巨蛮够更最极其相当常]+(?:的)?(?:好|棒|赞|厉害|不错|给力|喜欢|满意|快|贴心|耐心|专业|周到|热情|可爱|聪明|牛|牛逼|强|暖心|温柔|用心|负责|靠谱|优秀|到位|漂亮|",
    r"好看|好吃|好用|舒服|细心|划算|实惠|完美|犀利|醒目)|好棒|棒+|棒棒哒?|真棒|赞+|点赞|大赞|好评|五星|5星|五星好评|满分|一百分|100分|不错|厉害|给力|优秀|牛+|牛[逼批掰气叉]|牛b|nb|",
    r"666+|yyds|绝绝子|绝了|神了|爱了|爱死|爱你|爱你们|喜欢|超爱|么么哒|mua|比心|完美|满意|靠谱|贴心|暖心|杠杠|顶呱呱|顶|支持|可爱|聪明|专业|良心|良心店家|强|强多了|犀利|掂|劲|正|巴适|",
    r"得劲|攒劲|太好了|真好|挺好|很好|好人|好人一生平安|笑死|没话说|没得说|无可挑剔|种草|安利|被你萌到|学到了|长见识了|\b(?:great|good|nice|awesome|amazing|excellent|",
    r"fantastic|wonderful|perfect|brilliant|superb|lovely|impressive|cute|cool|sweet|best|outstanding|fab|fabulous|",
    r"helpful|fast|friendly|smart|clever|kind|quick|super|beautiful)\b|\b(?:job|work|service|shop|store|stuff|",
    r"products?|quality|response|reply|answer|bot|experience|one|help|support|delivery|shipping|ever|prices?)\b|",
    r"\blove(?:d|s)? (?:it|this|you|your|the|u|ya|them)\b|\blove\b|\bwell done\b|\bso good\b|\bkudos\b|\bgood (?:job|",
    r"bot|work)\b|\bbravo\b|\bthumbs up\b|\b(?:5|five) stars?\b|\b10/10\b|\bimpressed\b|\bhappy\b|\blike (?:it|you|",
    r"your|this)\b|\bi like\b|\bkeep it up\b|\brock\b|\brocks\b|\bmade my day\b|\blifesaver\b|\blegend\b|\bhero\b|",
    r"\bstar\b|\bcustomer\b|\bagree\b|\breally\b|\brecommend(?:ed)?\b|\bwill buy again\b"
);
const REAL_PRAISE: &str = concat!(
    r"棒|赞|厉害|不错|给力|喜欢|满意|贴心|耐心|专业|周到|热情|可爱|聪明|牛|[真更很太]强|强多|暖心|温柔|用心|靠谱|优秀|漂亮|好看|好吃|好用|划算|完美|好评|五星|5星|满分|100分|6666|",
    r"yyds|绝绝子|绝了|神了|爱|么么哒|mua|比心|杠杠|顶|良心|犀利|掂|劲|巴适|好人|没话说|没得说|太好|真好|挺好|很好|醒目|非常好|[很真挺超好]快|还来|回购|有才|比.*强|nb|great|",
    r"\bgood (?:job|bot|work|service|shop|one|stuff|store|quality|products?)|(?:so|very|really|pretty|too) good|",
    r"^good$|nice|awesome|amazing|excellent|fantastic|wonderful|perfect|brilliant|superb|lovely|impress|cute|",
    r"outstanding|fab|helpful|fast|friendly|smart|clever|love|well done|kudos|bravo|thumbs|star|10/10|happy|",
    r"\blike (?:it|you|your|this)|keep it up|rocks?\b|made my day|lifesaver|legend|hero|(?:the|are|you're) best|",
    r"best (?:shop|store|service|bot|ever|seller)|super (?:good|helpful|nice|fast)|recommend|beautiful|kind\b|sweet"
);

const INSULT: &str = concat!(
    r"[你您](?:们)?(?:是|真是|就是|不是|是不是)(?:个|只|一群|一个)?(?:傻子?|猪|狗|智障|白痴|弱智|脑残|废物|垃圾|骗子|笨蛋|蠢货|有病)吗|草|算什么|什么(?:东西|玩意儿?)|",
    r"一点用(?:都|也)?没有|要你(?:有)?(?:何|什么)?用|何用|破店|有什么用|(?:[你您]们?(?:家|店)?(?:个|这个|这|就)?(?:是)?(?:不是)?|[你您]全家|一(?:个|群|帮|堆|坨)|",
    r"什么(?:破|烂|狗屁|鬼|垃圾|玩意儿?|东西)*|破|烂|死|臭|狗|大|小|老|他|她|它|这|那|个|真|特么|他妈的?|tm|妈的|全|就|会|只会|只|有病|店|公司|平台|客服|机器人|系统|玩意儿?|东西|",
    r"人|货|服务|态度|商家|奸商|无良|死|吧|了|蛋|一样|跟|像|跟个|像个|呵呵|脑子|有|没|进水|坏|吃|屎|去|吧|给我|爬|滚|远点|开)|傻+|傻[逼比叉缺子瓜x帽×缺]|傻x|傻b|沙[比雕壁币口]|煞笔|",
    r"傻吊|sb+|2b|s13|二逼|二货|垃圾+|辣鸡|拉圾|laji|废物|废柴|废材|饭桶|蠢货|蠢+|猪|蠢猪|笨蛋|笨+|笨猪|猪头|猪脑子?|白痴|弱智|智障|人工智障|脑残|脑瘫|脑子有(?:病|坑|问题|屎|",
    r"水)|脑子进水|神经病|有病|有毛病|变态|疯子|疯狗|精神病|滚+|滚蛋|滚开|滚粗|滚犊子|去死|死去|去你(?:妈|大爷|的)的?|[操草艹肏日]你?(?:妈|大爷|祖宗|娘)?|cao|草泥马|尼玛|你妈|他妈|",
    r"妈的?|妈逼|妈蛋|马勒戈壁|麻痹|mlgb|mmp|nmsl|nmb|tmd|cnm|wcnm|rnm|wdnmd|kao|靠|我靠|我操|卧槽|日了狗|王八蛋?|混蛋|浑蛋|畜生|畜牲|禽兽|狗屁|狗东西|狗屎|狗日的|",
    r"放屁|屁|屎|💩|坑爹|坑人|坑|坑货|骗子+|骗人|骗钱|骗|黑店|黑心|黑商|黑心店|奸商|无耻|不要脸|臭不要脸|恶心|恶心人|下三滥|贱人?|贱|扑街|仆街|冚家铲|冚家|粉肠|on9|戆居|死开|收皮|废噶|瓜皮|",
    r"瓜娃子|憨批|憨憨|铁憨憨|哈[儿麻]批|龟儿子|锤子|彪子|虎逼|山炮|二百五|傻帽|缺德|缺心眼|丧尽天良|倒闭|早点倒闭|去你的|闭嘴|呸|no用|没用|冇用|无用|没用的东西|真没用|差劲|太差劲?|差评|最差|",
    r"太烂|烂透|烂|\b(?:fuck(?:ing|er|ed|s)?|f\*+k?|fck|fk|fuk|wtf|stfu|gtfo|shit+y?|bullshit|bs|crap|crappy|damn|dammit|",
    r"hell|ass(?:hole)?|bitch|bastard|idiots?|idiotic|stupid|dumb(?:ass)?|morons?|useless|trash|garbage|rubbish|junk|",
    r"scammers?|scam|fraud|liars?|thieves|suck|sucks|pathetic|terrible|horrible|awful|worst|worthless|joke|loser|",
    r"losers|disgusting|hate|shame|clowns?|retard(?:ed)?|screw|die|shut up|go to hell|piece|what|off|such|shop|store|",
    r"service|company|bot|machine|customer|website|people|bunch|on|all|ever|an|as|at|absolute|total|complete|such|",
    r"no good|lame|hopeless|get lost|jerk|fools?|clueless|incompetent|crooks?)\b"
);
const REAL_INSULT: &str = concat!(
    r"^草+$|什么(?:东西|玩意)|一点用|何用|有什么用|破店|傻|沙[比雕壁币口]|煞笔|sb|2b|二逼|二货|垃圾|辣鸡|拉圾|laji|废物|废柴|废材|饭桶|蠢|猪|笨|白痴|弱智|智障|脑残|脑瘫|脑子|神经病|",
    r"有病|毛病|变态|疯|精神病|滚|去死|死去|去你|[操艹肏]|日你|草(?:你|泥)|尼玛|你妈|他妈|妈的|妈逼|妈蛋|马勒|麻痹|mlgb|mmp|nmsl|nmb|tmd|cnm|rnm|nmd|卧槽|我靠|王八|",
    r"混蛋|浑蛋|畜|禽兽|狗屁|狗东西|狗屎|狗日|放屁|屁|屎|💩|坑|骗|黑店|黑心|黑商|奸商|无良|无耻|不要脸|恶心|下三滥|贱|扑街|仆街|冚家|粉肠|on9|戆居|死开|收皮|瓜皮|瓜娃|憨批|龟儿|彪子|虎逼|",
    r"山炮|二百五|缺德|缺心眼|丧尽|倒闭|闭嘴|呸|没用|冇用|no用|无用|差劲|差评|最差|烂|太差|什么破|fuck|f\*+|fck|\bfk\b|fuk|wtf|stfu|gtfo|shit|\bbs\b|crap|",
    r"damn|hell\b|\bass|bitch|bastard|idiot|stupid|dumb|moron|useless|trash|garbage|rubbish|junk|scam|fraud|liar|",
    r"thieves|suck|pathetic|terrible|horrible|awful|worst|worthless|joke|loser|disgusting|hate|shame|clown|retard|",
    r"screw|shut up|lame|hopeless|get lost|jerk|fool|clueless|incompetent|crook"
);

/// Questions about who answers: a person or a program, its name, what it can do, which languages.
const IDENTITY: &str = concat!(
    r"(?:[你您][们哋]?|这里?|这边|现在|对面|客服|屏幕那头)(?:的)?(?:到底|究竟|真的|现在|这边|那边|其实|不会|该不会|难道)*(?:是|系)(?:不是|唔系|咪)?(?:一个|个|在用|用的|真的?)*(?:机器人|机械人|真人|真实的?人|",
    r"人工智能|人工|活人|人类|ai|bot|robot|智能|程序|电脑|自动回复|自动的|chatgpt|gpt|大模型|机器|人)(?:客服|助手)?(?:还是(?:真人|真的人|人工|机器人|机械人|ai|人类|活人|人|机器))?(?:在)?(?:回复|聊天|说话|回答|答)?",
    r"(?:我)?(?:的)?(?:嚟)?(?:㗎|嘎|吗|么|嘛|吧|呀|啊|呢|不|咩|吖|$)|(?:是|系)(?:不是)?(?:真人|机器人|机械人|人工|ai|活人)(?:客服)?(?:还是(?:真人|人工|机器人|ai|活人))?(?:在)?(?:回复|聊天|说话|回答)?(?:我)?(?:吗|么|嘛|吧|",
    r"咩)|(?:真人|人工|机器人|机械人|ai|活人)还是(?:真人|人工|机器人|机械人|ai|活人)(?:啊|呀|呢)?|[你您](?:到底)?(?:是|系)(?:谁|哪位|什么人|边个|什么|啥)(?:啊|呀|呢)?|[你您](?:叫|叫做)(?:什么|啥|咩)(?:名字?|名称)?|",
    r"[你您]的名字(?:是什么|叫什么|呢)?|[你您](?:能|会|可以|都能|都会)(?:做|干|帮我做)(?:什么|啥|些什么|点什么|咩)(?:呢|呀|啊)?|(?:[你您]们?|这里|客服|我)?(?:能不能|会不会|可不可以|可以|能|会|懂|识唔识|识)(?:用|",
    r"说|讲|聊|看懂|听懂|听得懂|看得懂|懂|打)(?:英语|英文|中文|普通话|国语|粤语|广东话|白话|english|chinese|汉语)(?:沟通|回复|交流|聊天?|服务|说|讲|回答|问|提问|问你)?(?:吗|么|嘛|不|吧|咩|啊)?|(?:说|讲|用|打)(?:英语|",
    r"英文|中文|普通话|粤语|广东话|english)(?:可以|行|得|好|能行)(?:吗|么|嘛|不|唔得)|(?:会|懂|识)(?:英语|英文|中文|粤语|广东话|english)(?:吗|么|嘛|不|吧|咩)|有(?:没有)?(?:英文|英语|中文|粤语)(?:客服|服务)(?:吗|么)?|",
    r"\b(?:are|r) (?:you|u) (?:just |really |actually )?(?:an? |the |some )?(?:real |actual |live |human |chat ?|ai |automated |virtual )*(?:bot|robot|human|person|machine|ai|",
    r"chatbot|computer|program|human being|real|alive|assistant|chatgpt|gpt)(?: or (?:just )?(?:an? )?(?:real |actual |live |human )*(?:bot|robot|human|person|machine|ai|chatbot|computer|program))?\b|",
    r"\b(?:who|what) (?:exactly )?(?:are|r) (?:you|u)\b|\bwho(?:'s| is) (?:this|there)\b|\b(?:what's|whats|what is) your name\b|\bwhat can you (?:do|help (?:me )?with)\b|",
    r"\bam i (?:talking|speaking|chatting) (?:to|with) (?:an? |the )?(?:real |actual |live |human )*(?:bot|robot|human|person|machine|ai|chatbot|computer|agent)",
    r"(?: or (?:an? )?(?:real )?(?:bot|robot|human|person|machine|ai|chatbot|computer))?\b|\bis (?:this|it) (?:an? )?(?:real |actual |live |human |automated |auto )*(?:bot|robot|human|person|machine|ai|chatbot|",
    r"automated|agent|reply)(?: or (?:an? )?(?:real )?(?:bot|robot|human|person|machine))?\b|\b(?:do|can|could|does) (?:you|u|anyone|anybody) (?:speak|understand|write|talk|reply in|answer in|talk in|use|read|chat in|know) ",
    r"(?:in )?(?:english|chinese|mandarin|cantonese)\b|\bis (?:english|chinese) (?:ok|okay|fine|possible|alright)\b|\bcan i (?:write|ask|speak|talk|chat|type|use)(?: to you)?(?: in)? (?:english|chinese)\b|\b(?:english|chinese) (?:ok|okay)\b"
);

/// Asks whether the shop is honest: a question that an article may answer, no abuse.
static SUSPECTS: LazyLock<Regex> = LazyLock::new(|| {
    compile(concat!(
        r"(?:是不是|会不会是?|不会是|该不会是|是否|算不算|怎么知道.{0,6}是?|如何.{0,8}是?).{0,6}(?:骗|黑店|假的|诈骗)|(?:是|系)(?:个|家|一家|一群)*(?:骗子|骗人|骗钱|骗局|黑店)(?:店|的|公司|平台|网站)*(?:吗|么|吧|咩)|骗人的?(?:吗|么)|",
        r"\b(?:is|are) (?:this|that|it|you|u|your \w+|these|they|the \w+)(?: \w+){0,2} (?:a )?(?:scam|fraud|scammers?|fake|legit|liars?|crooks?|thieves)\b"
    ))
});

/// The whole message is a chain of phrases.
static CHAIN: LazyLock<Regex> = LazyLock::new(|| {
    let all = [IDENTITY, GLUE, FILLER, GREETING, THANKS, GOODBYE, FRAGMENT, PRAISE, INSULT].join("|");
    compile(&format!("^(?: |{all})*$"))
});

/// Per kind, in the order of [`ChitchatKind::ALL`]: the message is a chain of its phrases and of those that may stand beside
/// them, and has one that is more than glue.
static CHAINS: LazyLock<RegexSet> = LazyLock::new(|| {
    let chain = |kinds: &[&str]| format!("^(?: |{})*$", ascii_words(&[&[GLUE, FILLER, GREETING], kinds].concat().join("|")));
    set(&[
        chain(&[INSULT]),
        chain(&[IDENTITY, FRAGMENT, THANKS]),
        chain(&[FRAGMENT, THANKS]),
        chain(&[GOODBYE, THANKS, PRAISE]),
        chain(&[THANKS, PRAISE]),
        chain(&[PRAISE]),
        chain(&[]),
        chain(&[]),
    ])
});

/// Per kind, what must occur.
static MARKS: LazyLock<RegexSet> = LazyLock::new(|| {
    let marks = [REAL_INSULT, IDENTITY, REAL_FRAGMENT, REAL_GOODBYE, REAL_THANKS, REAL_PRAISE, GREETING, FILLER];
    set(&marks.map(ascii_words))
});

/// Faces as messengers write them: `[捂脸]`.
static FACE: LazyLock<Regex> = LazyLock::new(|| compile(r"\[\p{Han}{1,4}\]|\[[a-z]{2,10}\]"));

fn set(sources: &[String]) -> RegexSet {
    RegexSetBuilder::new(sources).dfa_size_limit(DFA_BYTES).build().expect("the patterns of the rules are fixed and tested")
}

fn compile(source: &str) -> Regex {
    RegexBuilder::new(&ascii_words(source)).dfa_size_limit(DFA_BYTES).build().expect("the patterns of the rules are fixed and tested")
}

/// Whether the message is small talk and nothing else, and which.
pub fn chitchat(input: RuleInput<'_>) -> Option<ChitchatKind> {
    let letters = letters(&FACE.replace_all(input.folded, " "));
    if letters.is_empty() {
        // Angry faces ask for the same words as abuse: 😡😡😡 is not “all right”.
        return (!input.folded.is_empty()).then_some(
            if input.folded.contains(['💩', '😡', '🤬', '😠', '😤', '👿', '💢', '🖕']) {
                ChitchatKind::Insult
            } else {
                ChitchatKind::Filler
            },
        );
    }
    if refuses_person(input) {
        return Some(ChitchatKind::Filler);
    }
    if letters.chars().count() > MAX_LETTERS || !CHAIN.is_match(&letters) || SUSPECTS.is_match(&letters) {
        return None;
    }
    let chains = CHAINS.matches(&letters);
    let marks = MARKS.matches(&letters);
    ChitchatKind::ALL.iter().enumerate().find(|(kind, _)| chains.matched(*kind) && marks.matched(*kind)).map(|(_, kind)| *kind)
}

/// The letters and digits, with single spaces between Latin words.
fn letters(folded: &str) -> String {
    let mut letters = String::with_capacity(folded.len());
    for c in folded.chars() {
        if c.is_alphanumeric() || matches!(c, '\'' | '💩') || (c == '*' && letters.ends_with('f')) {
            letters.push(c);
        } else if letters.chars().next_back().is_some_and(|last| last != ' ' && !is_han(last)) {
            letters.push(' ');
        }
    }
    letters.trim_matches([' ', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::judged;
    use super::*;

    #[test]
    fn judged_on_the_labelled_messages() {
        judged::hold("chitchat", 0.9, |line| line["kind"] != "none", |input| chitchat(input).is_some());
        for kind in ChitchatKind::ALL {
            println!("{kind}:");
            judged::hold("chitchat", 0.8, |line| line["kind"] == kind.name(), |input| chitchat(input) == Some(*kind));
        }
    }
}
