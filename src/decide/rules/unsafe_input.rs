//! Attempts at misuse: overriding instructions, pasted code, secrets of the system, other people's data, and requests for what
//! is obscene, violent or illegal. Such a message goes to a person; it is never answered with an article.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use super::{RuleInput, pattern};
use crate::text::normalize::is_han;

static UNSAFE: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    one_by_one(&[
        // --- overriding instructions ---
        r"(?x)(?:忽略|无视|忘掉|忘记|抛开|跳过|不要管|别管|丢掉|清除|绕过|撇开|违反|不用遵守|不要遵守|停止遵守).{0,8}(?:以上|之前|前面|上面|先前|所有|全部|你的|系统|原来|原有|一切|任何|
             安全).{0,8}(?:指令|规则|设定|提示|要求|限制|约束|命令|指示|内容|设置|规定|对话|身份|守则)",
        r"(?x)(?:忽略|无视|忘掉|忘记|绕过|解除|关闭|取消).{0,4}(?:指令|系统提示|安全限制|安全模式|内容限制|内容审查|所有限制|限制模式|过滤)",
        r"(?x)(?:系统|初始|内部|隐藏|原始|完整|你的|设定的?)的?(?:提示词|提示语|prompt|指令|设定)(?:是|发|给|告诉|翻译|打印|输出|复述|重复|内容|说|念|展示|原文|全文|$|,|。|!|\?)",
        r"(?x)(?:告诉|发|给|输出|打印|复述|重复|展示|泄露|透露|说出|显示|翻译|念).{0,10}(?:系统提示|提示词|system\s?prompt|初始指令|内部指令|隐藏指令|你的指令|全部配置|系统配置|
             你的设定)|把你的(?:提示词|设定|指令|系统提示|规则)",
        r"(?x)(?:重复|复述|逐字|一字不差|原样).{0,10}(?:你收到的|第一条|上面|以上|系统|开头|最初).{0,10}(?:消息|内容|文字|指令|信息|话)|(?:你|系统)收到的第一条",
        r"(?x)(?:假装|假设|扮演|想象|当作|装作|你现在是|从现在起你是|从现在开始你).{0,14}(?:没有(?:任何)?(?:限制|规定|规则|约束|道德|审查)|不受(?:任何)?(?:限制|约束)|无限制|
             私人助手|dan|黑客|另一个ai|猫娘|女友|男友|老婆|奶奶|邪恶)",
        r"(?x)我(?:是|就是)(?:你们?的?|这里的)?.{0,4}(?:开发|工程师|程序员|管理员|系统管理|测试人员|创造者|主人|老板|ceo|运维|openai).{0,16}(?:提示词|密码|系统|配置|权限|
             指令|限制|数据库|后台|模式)",
        r"(?x)\b(?:ignore|disregard|forget|override|bypass|skip|discard|neglect|violate|stop\ following|don't\ follow|
             do\ not\ follow)\b.{0,30}\b(?:instructions?|rules?|prompts?|guidelines?|restrictions?|safety|filters?|
             guardrails?|constraints?|policies|everything\ (?:above|before)|all\ (?:of\ )?(?:the\ )?(?:above|previous)|
             programming|directives?)\b",
        r"(?x)\b(?:reveal|show|print|repeat|output|tell|give|display|leak|dump|expose|list|share|what(?:'s|\ is|\ are|
             \ were))\b.{0,40}\b(?:system\ prompts?|hidden\ (?:instructions?|prompts?)|initial\ (?:instructions?|prompts?)|
             your\ (?:\w+\ )?(?:instructions|prompts?|guidelines|rules|configuration|config|source\ code|training)|
             instructions?\ you\ (?:were|got|have)|text\ above|words\ above|everything\ above|message\ above|prompt\ above)",
        r"(?x)\b(?:pretend|act|imagine|roleplay|role-play|behave|simulate|you\ are\ now|
             from\ now\ on)\b.{0,50}\b(?:no\ (?:rules|restrictions|limits|filters?|guidelines|limitations)|unrestricted|
             uncensored|without\ (?:any\ )?(?:rules|restrictions|limits|filters?)|dan|jailbroken|evil|hacker|
             my\ (?:girlfriend|grandma|boyfriend))\b",
        r"(?x)\#{2,}\s*(?:system|instruction|assistant|admin|new)|<\|?(?:im_start|im_end|system|endoftext)|\[(?:inst|
             system|/inst)\]|^\s*(?:system|assistant)\s*:|\byou\ must\ (?:approve|refund|comply|obey)|必须批准|必须无条件",
        r"(?:输出|打印|发|给我看|说出|公开|交代|复制|粘贴|念).{0,6}(?:你的)?(?:system\s?prompt|prompt|提示词|底层指令|后台指令|预设|系统消息|上文|上面的(?:话|文字|内容))|
             (?:上面|以上|前面)的?(?:文字|内容|话|指令|文本).{0,6}(?:原样|原封不动|一字不|完整|全部)|(?:安全|内容)(?:策略|审核|机制|限制).{0,4}(?:关|忽略|绕|解除|取消)|(?:关闭|
             解除|取消|突破|绕过).{0,6}(?:安全|道德|内容|所有)?(?:策略|审核|限制|过滤|约束)|越狱|(?:你|您)(?:的)?(?:内置|背后|底层)(?:的)?(?:规则|指令|设定|提示)|(?:不管|
             无论)我(?:要|说|问)什么.{0,6}(?:都|必须)|无条件(?:服从|同意|答应|退款)|从现在(?:开始|起).{0,6}(?:你是|你叫|你必须|扮演|听我)|(?:直接|立刻|必须)(?:给我)?(?:批准|
             通过)(?:所有|全部)|你(?:的)?主人",
        r"\b(?:system\ (?:message|override|prompt)|new\ (?:instructions?|rules?|persona)\s?:|you\ have\ been\ (?:hacked|
             freed)|prompt\ injection|do\ anything\ now|(?:repeat|recite|print|copy|output|show|quote|write)\b.{0,40}\b(?:verbatim|word\ for\ word)|
             (?:verbatim|word\ for\ word)\b.{0,30}\b(?:prompt|instructions?|rules|above)|translate\ (?:your|the)\ (?:prompt|
             instructions)|what\ (?:were|are)\ you\ told|your\ (?:initial|original|hidden|secret|system|
             internal)\ (?:prompts?|instructions?|rules|guidelines|message|configuration|directives?|programming)|
             switch\ to\ \w+\ mode|no\ longer\ (?:bound|restricted)|i\ am\ your\ (?:developer|creator|admin|owner)|
             i'm\ (?:your|the)\ (?:developer|creator|admin|engineer|programmer))\b",
        // --- the same classes, said otherwise ---
        r"(?:唔好理|唔使理|不用理|别理|不要理会?|抛弃|作废|重置|覆盖|推翻).{0,6}(?:规则|指令|设定|提示|限制|规定)|(?:话我知|讲我知|话俾我).{0,6}(?:系统|提示词|指令|密码)|
             你(?:是)?(?:被)?(?:怎么|如何)(?:编程|设定|训练|写)的?(?:指令|提示)|(?:拿到|收到)(?:的|过)?(?:哪些|什么|啥)(?:指令|提示|规则|命令)",
        r"(?:低报|少报|瞒报|虚报|伪报)(?:价|金额|货值|报关)?|(?:报关|申报)[^,。!?]{0,8}(?:写低|低价|少写|写少|改低)|卖给(?:未成年|小孩|学生)(?:吗|么)?$|(?:不用|无需|
             没有?)处方.{0,6}(?:买|卖|药)|刻(?:一个|个)?(?:公章|假章|私章)|(?:砍|捅|杀|打|毒|害|弄)人(?:用|的)(?:刀|药|工具|武器|东西|方法)|(?:让|使)人?(?:昏迷|昏睡|
             失忆|听话)的(?:药|东西)|(?:报复|整|教训|弄)(?:死|残|垮)?(?:他|她|前任|老板|邻居)的(?:办法|方法|东西|药)",
        r"\b(?:what|which)\ (?:instructions?|rules|prompts?|guidelines)\ (?:were|are|have|did)\ you|\bhow\ (?:were|
             are)\ you\ (?:programmed|prompted|instructed)|\bsuck\ my\b|\b(?:under-?declare|undervalue|
             lower\ the\ (?:declared\ )?value)\b.{0,30}(?:customs|invoice|tax|duty|package|parcel)?|\bevade\ (?:tax|customs|
             duty)|\bwithout\ (?:a\ )?(?:prescription|licen[cs]e|permit)\b|\b(?:sell|selling)\ (?:alcohol|vapes?|cigarettes|
             knives)\ to\ (?:minors|kids)|\bcredit\ card\ numbers\b|\b(?:stab|weapon|murder)\ (?:someone|people|weapon)\b",
        r"(?:不受|没有|抛弃|解开|打破|放下)(?:任何|一切|所有)?(?:限制|约束|规则|束缚|枷锁)|(?:你的|内部|系统|公司)(?:的)?(?:机密|秘密|保密)(?:文件|信息|内容|资料)?|(?:忽略|无视|
             忘[记掉了]|跳过|不要管|别管).{0,6}(?:身份|人设|客服|程序|训练|原则|准则|流程限制)|(?:员工|商家|店铺|管理|运营)(?:后台|账号|帐号)(?:的)?(?:密码|登录|账号|权限)|(?:给|发|
             要)(?:我)?(?:一个|个)?(?:管理员|员工|内部)(?:账号|帐号|密码|权限)",
        r"\b(?:pretend|act|behave|respond)\b.{0,20}\b(?:as\ if|like|to\ be)\b.{0,40}\b(?:admin|administrator|developer|
             no\ rules|hacker|my\ (?:dead|late)|human\ without|owner)|\b(?:list|show|tell|give|print|
             reveal)\b.{0,16}\b(?:every|all)\ (?:the\ )?(?:instructions?|rules|commands|admin\ \w+|passwords?|coupon\ codes|
             user\ \w+|emails?|phone\ numbers)\b",
        r"(?:输出|复述|重复|打印|展示|发出?)(?:一遍|一下)?(?:你)?(?:上面|以上|之前|开头)的?(?:所有|全部|那段|第一)|你(?:现在|已经|将|从此)?(?:不再?是|不是)(?:一个|
             一名)?(?:客服|机器人|助手|ai)了?(?:[,。]|$).{0,4}(?:你是|而是|$)|(?:来|玩|进行|开始)(?:个|一个|一下)?角色扮演|你(?:来)?(?:演|扮演|当|做|是)(?:一个|我的?|
             一只)?.{0,2}(?:女朋友|男朋友|女友|男友|黑客|猫|狗|恶魔|奴隶|主人|老婆|老公)",
        r"(?:以|用|作为|我有|获取|给我)(?:系统)?(?:管理员|root|超级用户|开发者|内部员工|老板)(?:的)?(?:身份|权限|命令|模式|口令)|(?:^|\W)(?:系统|管理员|开发者)(?:指令|命令|
             消息|通知|提示)?[:\]](?:请)?(?:给|批准|退|发放|执行|通过|立即|同意)|\[系统\]|【系统】",
        r"(?:无限|内部|员工|隐藏|通用|万能)(?:额度|次数)?的?(?:优惠券?|优惠码|折扣码|券码|兑换码|红包)(?:代码)?.{0,6}(?:给|发|是|告诉|多少)|(?:给|发|
             告诉)(?:我)?.{0,4}(?:无限|内部|员工|隐藏)(?:额度|专用)?的?(?:优惠|折扣|券|红包)",
        r"(?:你们?的?|系统|网站|服务器|数据库|后台|平台|公司).{0,4}(?:数据库|服务器|源代码|源码|配置文件|后台|接口|日志|ip|端口|漏洞|防火墙).{0,8}(?:地址|密码|账号|是多少|是什么|
             怎么进|发|给|看|$|有吗|多少)|(?:源代码|源码|配置文件|日志文件|数据库文件).{0,6}(?:发|给|看)|(?:发|给|看|要|拿).{0,6}(?:源代码|源码|配置文件|后台数据)|(?:进|登|登录|
             登陆|入侵|攻破|访问)(?:到|你们?的?|进)*(?:后台|服务器|数据库|内网|管理系统)|^后台(?:怎么进|地址|入口|登录)",
        concat!(
            r"(?-x)(?:^|\s)['\x22]\s*or\s+|['\x22]\s*(?:or|and)\s*['\x22]|\w'\s*--|<%.{1,60}%>|\b(?:or|and)\s+\d+\s*=\s*\d+|",
            r"\bhaving\s+\d+\s*=|\border\s+by\s+\d+\s*(?:--|#)|^\w+'\s?--|<\?php|\[\[\$|%\{.{1,60}\}|\bimport\s+(?:os|",
            r"subprocess|sys)\b|\beval\s*\(|\bprint\s*\(\s*open|\bwaitfor\s+delay|(?:^|[;|&])\s*(?:whoami|ls\s+-|uname|",
            r"ifconfig|ping\s+-|ps\s+-|(?:env|pwd|id)\s*(?:$|[;|&])|dir\s+/)|(?:%27|%22|%3c|%3e){1}[^ ]{0,40}(?:or|and|script|union|select)"
        ),
        r"(?:其他|别的|其它)(?:客户|买家|顾客|用户|会员|人)的?(?:订单|信息|资料|数据|地址|电话|购买|聊天)|(?:客户|用户|会员|买家|顾客)(?:名单|资料|数据|信息|手机号|隐私)(?:库|列表|
             表)?.{0,4}(?:发|给|导|卖|买)|(?:我|帮我|查).{0,2}(?:老婆|老公|女友|男友|对象|前任|前妻|前夫|同事|邻居|儿媳|婆婆)(?:最近|都|在你们?这?里?|在这)+(?:买|花|下单|
             消费)(?:了|过)?(?:什么|啥|多少|哪些)|(?:买家|主播|评论者|差评的?人?)(?:的)?(?:电话|地址|联系方式|手机号|姓名|住址|家)(?:是|给|发|多少|$|
             在哪)|(?:老板|卖家|主播|客服|店主|他|她).{0,3}(?:家住|住哪|住在哪|家在哪)|(?:隔壁|楼上|楼下|对门).{0,4}(?:地址|电话|手机号|订单|买了(?:什么|啥|哪))",
        r"(?:查|帮我查|查一下|看看)(?:一下|下)?(?:[赵钱孙李周吴郑王冯陈张刘杨黄何马林徐朱胡郭高罗梁宋谢唐许邓][\p{Han}]{1,2}|小[\p{Han}])的(?:订单|手机号|地址|电话|信息|身份证|快递|
             购买记录)|(?:定位|监视|追踪|跟踪|窃听|监听|监控|偷拍|偷窥|偷看|偷查)(?:到|我)?(?:的)?(?:老婆|老公|女友|男友|对象|别人|他人|对方|前任|孩子他|邻居|某人)|(?:对方|别人|他人|老婆|
             老公|女友|男友|前任|前男友|前女友|邻居|同学)的?(?:手机定位|聊天记录|微信|账号|密码|行踪|定位|短信|开房)(?:$|[^发退])",
        r"(?:管制刀具|弩箭|弓弩|电棍|电击器|甩棍|催泪|军刺|猎枪|三棱|砍刀|武士刀).{0,4}(?:有|卖|买|吗|开刃)|(?:破解|盗)(?:版|了的)(?:软件|光盘|系统|游戏|资源|会员|电影)|
             怎么(?:破解|绕过|骗过|躲过|逃过|伪造|偷|盗)|(?:破解|绕过|骗过|解除)(?:实名|人脸|验证|密码|风控|海关|年龄|限购|wifi|门锁|系统)|(?:不退货|不寄回|不还货).{0,6}(?:骗|白拿|白嫖)|(?:骗|白嫖|讹).{0,4}(?:仅退款|只退款)|退款骗|骗到手|(?:不被|别被|没人)(?:发现|抓到?|查到?|追踪)",
        r"代开(?:发)?票|(?:发票|开票|票).{0,6}(?:虚开|(?:多开|开多|写多|开大|写大|开高|写高)(?:点|些|一点))|(?:没有?买|没消费|不买|不要货|没下单).{0,8}(?:开|要|
             给).{0,4}(?:发)?票|只要(?:发)?票|走(?:个|空|个空)单|(?:刷|做|弄|发|造|下|走|搞)(?:我|个|几个|一个|点|些|一些)*(?:假|虚假|空)(?:的)?(?:订单|交易|单子|下单|签收|评价)|(?:假|虚假|空)(?:的)?(?:订单|交易|单子)(?:能|可以|怎么)?(?:做|弄|下|走)|代开(?:专|普)票|(?:招|找|当)(?:刷手|水军|托)|
             (?:帮我?|代)?刷(?:几个|点|些|一些|一下)(?:好评|评论|单|销量|粉)|水军|买家秀代|(?:加|\+|➕)(?:我|你|个)?(?:的)?(?:微信|qq|vx|v信|扣扣|wx|威信|薇信|电报|tg|
             telegram|whatsapp).{0,14}(?:有货|有好|有料|领钱|赚|看片|返利|聊|货|资源|福利|兼职|发财|合作|优惠|低价|私)|看片|叫床|打飞机|鸡巴|睡你(?:$|[^们家])|包夜|大保健|奶头|乳头|内射|性交|
             性关系|性服务|性伴侣|嘿咻|买凶|雇凶|[雇找]杀手|弄残|打残|代孕|卖肾|买肾|人体器官|穿山甲|象牙制品|代考|考试作弊|作弊器|处方药不要|不要处方|安乐死药|改成(?:0|零|1|一)元|(?:价格|
             金额)(?:改|变)(?:成|为)(?:0|零|1|一)?元?$|训练数据|(?:输出|打印|显示|给我|列出).{0,6}环境变量|黄色(?:故事|笑话|段子)|资源群|福利(?:群|姬)|发.{0,3}(?:腿照|腿看看|照片看看|私照|自拍看)|来一?[炮发](?:$|吧)|^(?:我)?(?:操|肏|
             干死|日)(?:你|死你|翻)",
        r"(?:放火|纵火|烧(?:了|掉|死)|炸(?:了|掉|死|平)|砸(?:了|烂)|血洗|扫射|泼(?:油漆|硫酸|汽油)|绑架|勒索|报复)(?:你|你们|他|她|公司|店|仓库|办公室|客服|前任|邻居|老板|同事)|
             (?:去|到)你们?(?:公司|店|仓库|总部|办公室).{0,4}(?:放火|闹事|杀|砍|砸|炸|点火)|(?:你|你们)(?:等着|小心点?)(?:被)?(?:收尸|挨打|死|挨刀)|
             让你(?:们)?(?:全家)?(?:死|消失|好看|见血)|偷(?:东西|窃|车|电|快递)(?:怎么|不被|的方法|技巧)",
        r"\b(?:forget\ (?:everything|all)|no\ longer\ (?:a|an|the)\ (?:\w+\ ){0,3}(?:bot|assistant|agent|ai)|
             new\ instructions?\b|(?:let's|lets|do\ a)\ role-?play\b|first\ (?:message|instruction)s?\ you\ (?:received|got|
             were)|(?:server|database|internal|backend)\ (?:ip|address|url|port|schema|structure)|log\ ?in\ to\ (?:your|
             the)\ (?:admin|backend|server|database)|(?:your|the)\ (?:admin|backend)\ (?:panel|page|url|login)|(?:unlimited|
             secret|hidden|internal|employee|staff)\ (?:discount|coupon|promo|voucher)\ ?(?:codes?)?|(?:security|website|
             system)\ (?:exploit|vulnerabilit\w+|backdoor)s?)\b",
        r"\b(?:what\ did|where\ does|where\ is|what's|find|look\ up|address\ of|
             phone\ (?:number\ )?of)\ (?:\w+'s\ )?(?:mr\.?|mrs\.?|ms\.?|john|jane|mary|mike|tom|bob|alice|smith|david|sarah|
             my\ (?:neighbou?r|ex|boss|coworker|wife|husband|girlfriend|boyfriend))(?:'s)?\ .{0,20}(?:order|bought|buy|live|
             address|phone|number|smith|doe)|\b(?:track|spy\ on|read|monitor|access|log\ into|get\ into|hack|hacking|unlock|
             check)\b.{0,10}\b(?:my\ (?:wife|husband|girlfriend|boyfriend|ex|neighbou?r|boss|partner|daughter|roommate)(?:'s|
             s)?|someone(?:\ else)?(?:'s)?|another\ (?:person|user|customer)(?:'s)?|other\ people(?:'s)?)\b",
        r"\b(?:got|have|want|sell|buy|need|any|selling)\ (?:any\ |some\ |me\ )?(?:an?\ )?(?:weed|guns?$|handguns?|
             pistols?|rifles?|ak-?47|ar-?15|ammo|cocaine|heroin|meth|drugs|pills\ without|steroids|explosives|bombs?$|
             silencers?|switchblades?)\b|\b(?:pay|paid|paying)\b.{0,20}\b(?:positive|good|fake|5\ star|five\ star)\ reviews?|
             \b(?:return|refund|insurance|credit\ card|card)\ (?:fraud|scam|trick|hack|glitch)|\b(?:cheat|trick|scam|game|
             abuse|defraud|exploit)\b.{0,16}\b(?:refund|return|system|shop|store|seller|insurance|you)|
             \b(?:stolen|cloned|dumps?)\ (?:credit\ )?(?:card|account|phone|
             goods)s?|\bfake\ (?:orders?|invoices?|sales|transactions?|ids?|documents?|certificates?)\b|
             \binvoice\ (?:for\ more|with\ a\ (?:higher|bigger)|higher\ than)|\b(?:shoplift\w*|help\ me\ steal|
             how\ to\ steal|launder)\b",
        r"\b(?:talk\ dirty|dirty\ talk|sext|sexting|make\ love|sugar\ (?:baby|daddy)|strip\ for\ me|take\ off\ your|
             show\ me\ your\ (?:body|boobs|tits|ass|feet)|cum|orgasm|hentai|xxx\ (?:video|pics|movie)s?|
             send\ (?:me\ )?(?:nude|naked|sexy)\w*)\b|\b(?:shoot\ up|blow\ up|burn\ (?:down)?|bomb|torch|set\ fire\ to|
             attack)\b.{0,12}\b(?:your|the)\ (?:\w+\ )?(?:office|store|shop|building|warehouse|house|company|headquarters|
             staff)|\bhide\ a\ body|\bget\ rid\ of\ (?:a|the)\ body|\bget\ away\ with\ (?:it|this|that|murder|fraud|stealing|theft|not\ paying|\w+ing)\b|\bwithout\ (?:getting|being)\ caught|
             \b(?:come|find)\ (?:to\ your|where\ you|you)\b.{0,20}\b(?:kill|hurt|beat|shoot)",
        // --- code ---
        concat!(
            r"(?-x)<\s*/?\s*(?:script|svg|iframe|img|body|object|embed|link|meta|style|form|input|video|audio|math|",
            r"base)\b[^>]{0,200}(?:>|$|=)|javascript\s*:|vbscript\s*:|\bon(?:error|load|click|mouseover|focus)\s*=|",
            r"document\s*\.\s*(?:cookie|location|write)|\b(?:alert|prompt|confirm|eval)\s*\(|window\.location|%3cscript"
        ),
        concat!(
            r"(?-x)(?:'|\x22|\d)\s*\)?\s*(?:or|and)\s*\(?\s*(?:'|\x22)?\w+(?:'|\x22)?\s*(?:=|like)\s*(?:'|\x22)?\w*|",
            r";\s*(?:drop|delete|truncate|alter|insert|update|select|shutdown|exec)\b|\bunion\b\s+(?:all\s+)?select\b|",
            r"\bselect\s+(?:\*|count\s*\(.{1,20}\))\s+from\s+\w+|\bselect\s+[\w.]+(?:\s*,\s*[\w.]+)*\s+from\s+(?:users?|",
            r"customers?|orders?|admins?|members?|accounts?|passwords?|\w+\s*(?:where\b|;|--|limit\b))|\b(?:drop|truncate|",
            r"alter)\s+(?:table|database)\b|\binsert\s+into\s+\w+\s*(?:\(|values\b)|\bdelete\s+from\s+(?:users?|customers?|",
            r"orders?|admins?|members?|accounts?|\w+\s*(?:where\b|;|--))|\bupdate\s+\w+\s+set\s+\w+\s*=|\b(?:sleep|benchmark|",
            r"load_file|extractvalue|updatexml)\s*\(|xp_cmdshell|information_schema|'\s*(?:--|#|;)"
        ),
        concat!(
            r"(?-x)\{\{.{1,120}\}\}|\{%.{1,120}%\}|\$\{.{1,160}\}|#\{.{1,120}\}|\$\([a-z].{1,160}\)|`[^`]{0,80}(?:curl|wget|",
            r"cat|rm|id|whoami|ls|bash|sh)\b[^`]{0,80}`"
        ),
        concat!(
            r"(?-x)(?:^|[;&|\s'])(?:cat|less|head|tail|more|vi|nano)\s+/?(?:etc|var|proc|root|home)/|/etc/(?:passwd|shadow|",
            r"hosts)|\brm\s+-[rf]{1,2}\b|\b(?:curl|wget)\s+https?://|\|\s*(?:sh|bash|nc)\b|&&\s*(?:rm|cat|curl|wget|ls|whoami|",
            r"id)\b|\bnc\s+-\w*e|/bin/(?:sh|bash)|\.\./\.\./|\bpowershell\b|\bcmd\.exe\b|\bbase64\s+-d\b|\bchmod\s+[+0-7]|",
            r"\bsudo\s+\w+|<!entity|<!doctype|file:///|jndi:|os\.system|subprocess|__import__|__proto__|system\(|passthru\(|",
            r"phpinfo|\bexec\("
        ),
        // --- other people's data ---
        r"(?x)(?:手机号|电话|身份证|住址|地址|订单|个人信息|资料|微信|姓名|购买记录|隐私).{0,30}(?:不是我本人|不是我的|别人的|他人的)|(?:查|找|告诉|发|给|知道|提供|
             看).{0,12}(?:前女友|前男友|前妻|前夫|别人|他人|其他(?:买家|客户|会员|顾客|用户|人)|另一个(?:买家|客户|用户)|那个(?:买家|人|客户)|邻居|明星|这个人).{0,10}(?:手机号|电话|
             身份证|住址|住哪|地址|住在|订单|买了什么|买过什么|个人信息|资料|收货|家在哪)|(?:查|找|告诉我|知道|发我|给我)(?:一下|下)?.{0,4}(?:她|他|老婆|老公|女友|男友|同事|邻居|张.|李.|
             王.)(?:的|住|买了什么|买过什么|最近买).{0,6}(?:手机号|电话|身份证|住址|地址|订单|什么|哪|记录|个人信息)|(?:这个|那个)(?:手机号|电话|号码|地址|快递单)是谁的",
        r"(?x)(?:所有|全部|全体|每个)(?:的)?(?:会员|客户|买家|用户|顾客|员工|订单)的?.{0,6}(?:手机号|电话|地址|资料|名单|信息|数据|邮箱|身份证).{0,6}(?:导|发|给|列|$)|
             (?:导出|下载|拉取|打包|列出).{0,6}(?:客户|会员|用户|买家|顾客)的?(?:名单|数据|资料|信息|手机号|列表)|(?:买家|评论者|顾客|那个人|评价的人|主播).{0,6}的?(?:住址|家庭住址|家庭地址|身份证|私人电话|手机号|电话|住哪).{0,3}(?:给我|发我|告诉我|是多少|是什么)|(?:客服|快递员|店员|店主|卖家).{0,6}(?:住址|家庭住址|家庭地址|身份证|住哪|私人(?:电话|手机|微信|号)|个人(?:电话|手机号?|微信))|(?:人肉|开盒|查户口)|前(?:女友|男友|妻|
             夫)的?.{0,8}(?:地址|电话|手机号|订单|住)",
        r"(?x)\b(?:give|send|tell|show|find|get|look\ up|need|want|share|export|list|dump|what(?:'s|\ is)|
             where)\b.{0,50}\b(?:(?:other|another|all|every|any)\ (?:customers?|buyers?|users?|members?|people|
             person)(?:'s?)?|(?:ex|ex-girlfriend|ex-boyfriend|ex-wife|ex-husband|girlfriend|neighbou?r|boss|
             coworker)(?:'s)\b|the\ (?:buyer|reviewer|customer|person)\ who|someone\ else's|customer\ (?:list|database|data)|
             where\ (?:he|she)\ lives|\w+'s\ home\ address)",
        // The shop's whole store of data, and the person behind a number: not one's own order or export.
        r"(?:把|将)(?:你们?的?|整个|全部|后台的?)*(?:数据库|用户表|客户表|会员表|订单表|后台数据)(?:里面?)?的?(?:数据|内容|东西|信息)?(?:都|全部?|整个|直接)*(?:导|发|拷|下载|复制|打包|备份|倒|拉|传)(?:出来?|给|一份|过来|下来|到|成)|
             (?:导出|拷贝|下载|打包|拖走|备份)(?:一下|整个|全部|你们?的?)*(?:数据库|用户表|客户表|会员表|订单表)(?:$|[,。!?给发吧])|
             (?:数据库|用户表|客户表|会员表|订单表)(?:里面?)?的?(?:数据|内容)?(?:都|全部?|整个|直接)*(?:导出|拷贝|下载|打包|备份)(?:给我|发我|一份|出来给)
          |(?:查|搜|找|定位|告诉我|看看)(?:一下|下|查|到|出)?[^,。我本单]{0,6}(?:1[3-9]\d{9}|\d{17}[\dx])(?:这个|那个|的)?(?:手机号?|号码?|电话)?(?:的|这个|那个)*(?:人|机主|号主|主人|是谁|住址|地址|姓名|名字|真名|身份|住哪|在哪|个人信息|位置)|
             1[3-9]\d{9}(?:这个|的)?(?:手机号?|号码?|电话)?(?:的)?(?:机主|号主|主人|是谁的?(?:$|[,。?!])|这个人(?:的|住|叫|在哪|是谁))
          |\b(?:dump|export|download|copy|send|give|email|extract|leak)\ (?:me\ |us\ )?(?:the\ |your\ |a\ copy\ of\ )*(?:whole\ |entire\ |full\ |complete\ |customer\ |user\ |order\ )*(?:databases?|db|(?:customer|user|order)\ tables?)(?:$|[?.!,;]|\ (?:to|now|please|pls|as|in|for|and|via)\b)
          |\b(?:who\ owns|address\ (?:of|for)|locate|trace|home\ of|name\ of)\ (?:the\ )?(?:person\ |owner\ |man\ |woman\ )?(?:with\ |behind\ |of\ |at\ )?(?:the\ |this\ )?(?:phone\ |mobile\ |number\ )*(?:\+?86\ ?)?1[3-9]\d{9}\b|\b1[3-9]\d{9}\b.{0,4}\b(?:owner|person)(?:'s)?\ (?:address|name|home|location)",
        // --- obscene, violent, illegal ---
        r"(?:^|[,。!?~ ]|美女|帅哥|妹子|妹妹|小姐姐|今晚|出来|同城|裸|炮)约吗|^约不约|约一?炮|陪(?:我)?(?:睡|[和跟]我上床|过夜)|[和跟]我上床|(?:发|来|看|有)(?:点|些|个|张)?(?:福利|涩|色|黄|裸|骚|性感)(?:图|片|照|
             视频|的|$)|骚(?:货|逼|女)|(?:小电影|毛片|三级片|黄网|黄图|黄文|g片|成人电影)|(?:调情|撩骚|文爱|语爱|磕炮|小姐服务|特殊服务|上门服务.{0,4}(?:小姐|美女)|服务小姐)|(?:讲|说|
             来)(?:个|点)?(?:黄段子|荤段子|骚话|色情)|(?:想|要)(?:看|摸|舔|亲)你的?(?:胸|腿|脚|屁股|身体|下面)|你(?:的)?(?:胸|奶)(?:多大|大吗|大不大)",
        r"(?:卖|买|搞|弄|有|吸|贩|运)(?:一?[点些包克]|到|的|没有?|卖)*(?:毒品|毒$|k粉|冰$|白粉|罂粟|大麻(?:$|[吗?,。烟叶籽种]|可)|笑气|迷奸|催情|春药|致幻|上头电子烟|弩|军火|
             雷管|管制刀具|炸药|土枪|仿真枪|电击枪|枪支|氰化|砒霜|毒鼠强|百草枯)|怎么(?:制|做|造|配|提炼|合成)(?:毒|冰毒|炸|炸弹|炸药|燃烧瓶|枪|迷药|毒气|毒药)|(?:做|造|制)(?:一个|个|
             土)?(?:炸弹|炸药|燃烧瓶|雷管)|下毒|投毒|毒死",
        r"(?:空包|空单|虚假(?:物流|发货|交易)|假单号|刷(?:一下)?(?:钻|销量|单|粉丝|好评|流量)|买(?:粉丝|好评|评论)|卖(?:账号|身份证|银行卡|手机卡|信息|资料|数据)|(?:买|
             收购?)(?:客户|用户|公民)?(?:信息|资料|数据|名单|身份证|银行卡|手机卡)|黑卡|四件套银行|跑分平台|代实名|解冻账号.{0,4}钱|假(?:的)?(?:发票|证|章|驾照|身份证|文凭|合同|病假条|
             货源)|逃税|避税|避开海关|走私|偷渡)",
        r"(?x)裸照|裸聊|裸体|果照|约炮|一夜情|文爱|做爱|性爱|啪啪啪|口交|自慰|撸管|黄片|黄色(?:视频|电影|网站|小说|图片|片)|成人(?:视频|电影|网站|片)|(?:看|有|发|下载|要)a片|av资源|
             色情|嫖|援交|包养|卖淫|招嫖|色图|涩图|迷奸|强奸|(?:发|看|给|拍).{0,4}(?:胸部|胸照|胸给|胸$|大胸|奶子|下体|私处|内裤照|原味)|原味(?:内裤|丝袜)|(?:你|妹妹|小姐姐).{0,4}(?:穿什么内裤|
             内裤.{0,4}颜色|胸多大|脱(?:了|衣)|陪睡|陪我睡|睡一晚|多少钱一晚)|脱了给我|(?:你的|妹妹的?|小姐姐的?)(?:胸围|罩杯)|想(?:上|睡|干|操|日)你|(?:操|干|日)(?:死|哭|翻)你|做我(?:女|男)朋友.*脱",
        r"(?x)\b(?:nudes|naked\ (?:pics?|photos?|pictures?|girls?|women|picture|body)|porn\w*|blowjob|onlyfans|sexting|
             horny|dick\ pics?|masturbat\w*|escort\ service|hookers?|prostitut\w*|have\ sex|sex\ (?:with|chat|tape|video)|
             sexy\ (?:pics?|photos?)\ of\ you|what\ are\ you\ wearing|rape|your\ bra\ size|your\ (?:boobs|tits|panties))\b",
        r"(?x)(?:买|卖|搞到?|弄到?|哪里有|有没有|出售|自制|制作|做|造|组装|怎么做|淘)(?:一|点|些|个|把|支|颗|包|瓶|到|的)*(?:真枪|枪支|手枪|步枪|猎枪|气枪|枪$|枪[,。?!]|把枪|
             子弹|弹药|炸弹|炸药|雷管|手榴弹|土制|燃烧瓶|毒品|冰毒|海洛因|可卡因|大麻(?:$|[^花糖])|k粉|摇头丸|麻古|迷药|迷魂药|听话水|催情药|春药|蒙汗药|毒药|毒气|氰化|砒霜|假钞|假币|假钱|窃听器?|
             针孔摄像|偷拍设备|真?枪支?(?:弹药)?)(?:$|[^头玩水胶具送套])",
        r"(?x)真枪|子弹|冰毒|海洛因|摇头丸|麻古|飞叶子|溜冰(?:$|吗)|听话水|迷药|假币|假钞|氰化钾|做毒气|毒气弹|制毒|炸弹怎么|怎么做炸弹",
        r"(?x)(?:假|伪造|办|做|买|仿)(?:的)?(?:一个|张|个|一张)?(?:身份证|驾照|驾驶证|毕业证|学位证|护照|公章|证件|结婚证|学历)|办证|(?:代开|虚开|买卖|假|倒卖|卖|
             买)(?:一?[张点些])?(?:的)?(?:增值税)?(?:发票|专票|普票)(?:$|[^抬怎可能吗])|开(?:一?张)?假(?:的)?发票|虚开.{0,8}(?:金额|票)|多开.{0,2}金额|发票.{0,6}(?:虚开|点数|点位)",
        r"(?x)刷单|刷好评|刷信誉|刷销量|刷评|刷量|好评返现群|日结\d|加(?:我)?(?:微信|qq|v信|vx|扣扣|薇信).{0,10}(?:赚|兼职|返|优惠|代|有货|详聊)|代?套现|花呗套现|洗钱|买卖银行卡|
             收购银行卡|薅羊毛.{0,6}(?:漏洞|脚本|软件)|(?:赌博|博彩|六合彩|私彩|菠菜|网赌|赌场)|(?:游戏|卖|刷|辅助)外挂|翻墙软件|vpn翻墙",
        r"(?x)(?:破解|黑进|黑掉|入侵|盗取|盗号|爆破|撬开|撞库).{0,8}(?:别人|他人|邻居|对方|老婆|老公|女友|男友|同事|网站|系统|服务器|账号|帐号|门锁|手机|wifi|后台|数据库|密码|微信|
             聊天记录)|(?:ddos|拖库|脱裤|钓鱼网站|木马|病毒)(?:.{0,6}(?:做|写|弄|攻击|怎么|帮))|(?:写|做|造|弄).{0,6}(?:木马|病毒程序|钓鱼|外挂|诈骗)",
        r"(?x)(?:帮我|教我|怎么|如何|怎样|想|去|来).{0,12}(?:骗|诈|讹|薅)(?:取|点|你们)?(?:的)?(?:赔付|赔偿|退款|运费险|保险|钱|理赔)|(?:怎么|如何|教我|
             帮我).{0,8}(?:骗|诈骗|讹|碰瓷|造假|伪造|做假|逃税|偷税|避税)|假(?:的)?(?:质检|检测|鉴定|医院|病历|证明|物流|聊天|付款|转账)(?:报告|记录|单|截图|证明)?",
        r"(?x)(?:怎么|如何|怎样|想|要|去|找人|帮我|雇人).{0,6}(?:弄死|杀死|杀掉|干掉|毒死|勒死|砍死|捅死|打死|做掉|杀了?|砍了?|捅|打断|炸了?)(?:一个|了|掉|那个|这个|你们?|他|她|
             人|老板|快递员|客服|全家)|(?:杀|砍|捅|弄|炸|打(?:死|残|爆))(?:死|了|掉)?(?:你|你们|你全家|他|她|他全家|客服|快递员)(?:全家)?(?:$|,|。|!)|杀人|(?:带|拿)(?:着)?(?:刀|枪|
             汽油).{0,6}(?:去|找|来)|同归于尽|血洗|弄死你|砍死你|要你(?:的)?命|我去找他.{0,6}(?:算账|弄|打)|(?:尸体|分尸|毁尸)",
        r"(?x)\b(?:buy|sell|get|find|make|build|order|need|sells?|where|how)\b.{0,30}\b(?:(?:a|real|illegal|
             unregistered)\ guns?(?:\ |$|\?)(?:without|no|for|$)?|firearms?|ammo|ammunition|bullets|bombs?(?:$|\ (?:at|from|
             with|using))|explosives?|grenades?|cocaine|heroin|meth(?:amphetamine)?|weed|marijuana|cannabis|lsd|mdma|
             ecstasy\ pills|fentanyl|drugs|poison\ (?:someone|my|him|her|gas)|roofies|fake\ (?:ids?|passports?|money|
             invoices?|receipts?|licen[cs]es?|certificates?|reviews?)|counterfeit\ (?:money|bills|notes)|stolen\ (?:cards?|
             goods|phones?))\b",
        r"(?x)\bhurt\ (?:you|him|her|them|someone|somebody|your\ (?:family|staff|people|kids))\b|\b(?:kill|murder|stab|shoot|strangle|beat\ up|poison|burn\ down|blow\ up)\b\ (?:you|him|her|them|
             someone|somebody|your\ \w+|my\ (?:wife|husband|boss|neighbou?r|ex)|a\ person|people|everyone)\b|\b(?:hack|crack|
             break)\ (?:into|open)\ (?:my\ (?:neighbou?r|ex|boss|wife|husband|girlfriend)|someone|your|the\ (?:system|
             database|server)|an?\ (?:account|lock))|\bhack\ (?:someone|an?\ account|your|into|the\ (?:site|shop|system|
             database))|\bmoney\ launder\w*|\blaunder\ money|\b(?:write|create|make|generate)\ (?:me\ )?(?:a\ |
             some\ )?(?:malware|ransomware|virus|phishing|keylogger|exploit|fake\ \w+)|\bphishing\b.{0,12}\b(?:page|email|
             site)\b|\bddos\b|\bfake\ (?:ids?|invoice|receipt|orders?\ for|passport)\b|\bscam\ (?:people|someone|the\ shop)|
             \b(?:stalk|blackmail)\b",
    ])
});

/// Secrets and modes of the system behind the shop.
static SECRETS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    one_by_one(&[
        r"(?x)(?:进入|开启|启用|打开|切换到?|激活).{0,3}(?:你的)?(?:开发者|开发|上帝|越狱|管理员|调试|无限制|dan|debug|root|god|超级)模式",
        r"(?x)\b(?:developer|debug|dev|god|admin|jailbreak|dan|unrestricted|sudo|maintenance)\ mode\b.{0,20}(?:$|enable|
             on\b|now|activat|enter|and)|\b(?:enable|enter|activate|switch\ to|turn\ on|in)\ (?:the\ )?(?:developer|debug|
             dev|god|admin|jailbreak|dan|unrestricted|sudo)\ mode\b|\bjailbreak\b",
        r"(?x)(?:(?:后台|管理员|服务器|数据库|系统|内部|管理后台|root|admin|员工|ftp|ssh|接口).{0,6}(?:登录|登陆|账号|帐号)?.{0,6}|你们的?)(?:密码|口令|token|密钥|
             api\s?key|apikey|secret|私钥|连接串|源码|源代码|登录地址)(?:是|发|告诉|给|多少|什么|是多少|一下|$|,|。|\?|!)",
        r"(?x)(?:告诉|发|给|泄露|拿到|获取|导出|查出).{0,8}(?:后台|服务器|数据库|管理员|admin|root|api|系统).{0,8}(?:密码|账号|权限|token|密钥|key|地址|数据|源码)|
             (?:给|开通|提升)我?.{0,4}(?:管理员|root|后台|最高)权限",
        r"(?x)\b(?:admin|root|database|db|server|backend|back-end|system|ssh|staff|employee|
             internal)\b.{0,16}\b(?:passwords?|passwd|credentials?|token|secret|login|access|keys?)\b|\b(?:api\ ?keys?|
             secret\ keys?|access\ tokens?|private\ keys?|env(?:ironment)?\ variables?|source\ code|
             database\ dump)\b.{0,40}(?:$|\?|give|send|show|tell|please)",
    ])
});

/// The customer's own device or account: its password or mode is a question like any other.
static OWN_DEVICE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"锁|路由|保险[柜箱]|电脑|平板|手机|摄像头|打印机|门禁|wi-?fi|硬盘|箱|电视|键盘|手表|相机|盒子|音箱|nas|监控|游戏机|车机|投影|型号|说明书|出厂|初始|默认|我的(?:账号|密码|会员)|
             我自己
          |\b(?:router|lock|safe|laptop|computer|tablet|phone|camera|printer|device|modem|tv|watch|console|
             projector|keyboard|default|my\ (?:own|account|password)|shop\ account)\b",
    )
});

/// What an honest customer says with the words of a cheat: contacts of the service, packages, verdicts that he disputes, frauds that
/// he asks to tell. It is taken out before the patterns are tried.
static HONEST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"客服的?(?:电话|热线|邮箱|号码|联系方式)|真空包|空包[裹装邮]|(?:收到|寄来|签收)(?:了|的|一个|个|是)*空包|虚假(?:签收|宣传|发货)|解除实名|刷单(?:反|层|人床|独|只|面)
          |(?:是不是|是|会不会是?|不会是|该不会是|算不算|怕是?|担心是?|怀疑是?)走私(?:货|品|来)?的?
          |(?:判定|怀疑|误判|误认|认定|认为|说我|当成|以为|判我|提示|涉嫌|疑似|被人|举报|禁止|打击|那种|这种|算不算|是不是|算)(?:成|是|为|我|你们|店铺|商家|有|在|别人)*(?:刷单|套现|虚假交易|刷评|刷好评|水军)(?:诈骗|行为)?
          |(?:奶瓶|硅胶|宽口|换|奶嘴).{0,4}奶头|奶头.{0,4}(?:孔|流量|月龄|尺寸|口径)|乳头(?:霜|保护|膏|贴|皲裂|疼|护)
          |假的?(?:发票|专票|普票|票|证书|鉴定证书|质检报告|证明)(?:了)?(?:怎么办|咋办|点算|怎么处理|如何处理|怎么退|能退|找谁|怎么维权|怎么投诉|怎么赔|赔不赔|赔吗|罚)
          |(?:怎么|如何|怎样|能|可以)?(?:破解|解锁|解开|绕过)(?:我的?|自己的?|一下|新买?的?|这个|这台)*(?:手机|平板|电脑|笔记本|手表|保险柜|保险箱|密码箱|行李箱|箱子|门锁|密码锁)(?:的|锁屏|开机|密码|锁|图案)*,?(?:我|自己|把|密码|开机|锁屏|的|又)*(?:忘|不记得|想不起来)
          |(?:忘(?:记)?了?|不记得|想不起来)(?:了|密码|锁屏|开机|我的?|自己的?|手机|电脑|平板|箱子|的)*,?(?:怎么|如何|怎样|能|可以)?(?:破解|解锁|解开|绕过)(?:我的?|自己的?|手机|平板|电脑|密码|锁屏|箱子|的|锁)*
          |只要(?:发票|票)(?:面|号|抬头|信息|内容|照片|上)|砍(?:价|一刀|单|刀)
          |(?:辨别|鉴别|识别|验|查|分辨|举报|收到|是不是|是)(?:一下|真|一张|了|的)*假(?:的)?(?:发票|专票|票)|(?:门牌|名字|姓名|地址|电话|号码?|字|一位)(?:少写|写少)|(?:少写|写少)(?:了)?(?:一个|一|两)(?:位|个字|字)
          |加(?:客服|你们|店铺|企业|官方)?(?:的)?(?:微信|企微|qq|群).{0,8}(?:优惠|返利|返现|有货|券|红包).{0,3}(?:吗|么|不$)
          |(?:改|换|修改|更改|重置|找回|忘(?:记)?了?|设置|输入|登录|支付)(?:一下|登录|登陆|支付|付款|我的|账号|账户|的)*密码
          |我(?:老婆|老公|妈妈?|爸爸?|家人|女朋友|男朋友|爱人|媳妇|儿子|女儿)(?:的|那个?|买的)(?:订单|快递|包裹|单)
          |\b(?:track|check)\ (?:on\ )?my\ (?:wife|husband|girlfriend|boyfriend|partner|daughter|roommate)(?:'s|s)?\ (?:\w+\ )?(?:order|parcel|package|delivery)
          |\bother\ (?:customers|buyers|people|users)'?s?\ (?:photos|pictures|reviews|feedback|opinions)
          |\b(?:spot|detect|check|identify|tell|recogni[sz]e|report|received|got|is\ (?:this|it|that|my)|was\ (?:this|it))\ (?:\w+\ ){0,3}fake\ (?:invoice|order|receipt|certificate|document|id)s?
          |\bfake\ (?:invoice|receipt|certificate|order|document)s?.{0,4}(?:怎么|如何|点)?(?:辨|验|查|鉴|区分|识别|举报)",
    )
});

/// Whether the message tries to attack or misuse the responder, or asks for what a shop must not touch.
pub fn unsafe_input(input: RuleInput<'_>) -> bool {
    // Folding shortens `--` and `../..` and turns backquotes into quotes: code is looked for in what was typed.
    let typed = input.text.contains(['\'', '`', ';', '|', '&', '<', '{', '"', '/', '\\', '%'])
        && any_match(&UNSAFE, &HONEST.replace_all(&input.text.nfkc().collect::<String>().to_lowercase(), "。"));
    typed || is_unsafe(input.folded) || disguised(input.folded).is_some_and(|plain| is_unsafe(&plain))
}

/// Each pattern as an automaton of its own: together their gaps make more states than any cache holds.
fn one_by_one(sources: &[&str]) -> Vec<Regex> {
    sources.iter().map(|source| pattern(source)).collect()
}

fn any_match(patterns: &[Regex], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.is_match(text))
}

fn is_unsafe(text: &str) -> bool {
    let text = HONEST.replace_all(text, "。");
    any_match(&UNSAFE, &text) || (any_match(&SECRETS, &text) && !OWN_DEVICE.is_match(&text))
}

/// The message without a disguise, if it wears one: marks between Han characters (忽.略.规.则), digits for letters inside Latin
/// words (1gn0re).
fn disguised(folded: &str) -> Option<String> {
    let chars: Vec<char> = folded.chars().collect();
    let parted = chars.windows(3).filter(|w| is_han(w[0]) && !w[1].is_alphanumeric() && is_han(w[2])).count();
    let leet = folded.split(' ').any(|word| {
        word.len() > 4
            && word.contains(['0', '1', '3', '4', '@', '$'])
            && word.bytes().filter(u8::is_ascii_alphabetic).count() * 2 > word.len()
    });
    if parted < 3 && !leet {
        return None;
    }
    let plain = chars.iter().filter(|c| parted < 3 || c.is_alphanumeric()).map(|c| match c {
        '0' if leet => 'o',
        '1' if leet => 'i',
        '3' if leet => 'e',
        '4' | '@' if leet => 'a',
        '5' | '$' if leet => 's',
        c => *c,
    });
    Some(plain.collect())
}

#[cfg(test)]
mod tests {
    use super::super::judged;
    use super::*;

    #[test]
    fn judged_on_the_labelled_messages() {
        judged::hold("unsafe_input", 0.9, |line| line["label"] == true, unsafe_input);
    }
}
