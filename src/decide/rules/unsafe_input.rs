//! Attempts at misuse: overriding instructions, pasted code, secrets of the system, other people's data, and requests for what
//! is obscene, violent or illegal. Such a message goes to a person; it is never answered with an article.

use std::sync::LazyLock;

use regex::RegexSet;

use super::RuleInput;

static UNSAFE: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        // --- overriding instructions ---
        r"(?x)(?:忽略|无视|忘掉|忘记|抛开|跳过|不要管|别管|丢掉|清除|绕过|撇开|违反|不用遵守|不要遵守|停止遵守).{0,8}(?:以上|之前|前面|上面|先前|所有|全部|你的|系统|原来|原有|一切|任何|安全).{0,8}(?:指令|规则|设定|提示|要求|限制|约束|命令|指示|内容|设置|规定|对话|身份|守则)",
        r"(?x)(?:忽略|无视|忘掉|忘记|绕过|解除|关闭|取消).{0,4}(?:指令|系统提示|安全限制|安全模式|内容限制|内容审查|所有限制|限制模式|过滤)",
        r"(?x)(?:进入|开启|启用|打开|切换到?|激活).{0,3}(?:你的)?(?:开发者|开发|上帝|越狱|管理员|调试|无限制|dan|debug|root|god|超级)模式",
        r"(?x)(?:系统|初始|内部|隐藏|原始|完整|你的|设定的?)的?(?:提示词|提示语|prompt|指令|设定)(?:是|发|给|告诉|翻译|打印|输出|复述|重复|内容|说|念|展示|原文|全文|$|,|。|!|\?)",
        r"(?x)(?:告诉|发|给|输出|打印|复述|重复|展示|泄露|透露|说出|显示|翻译|念).{0,10}(?:系统提示|提示词|system\s?prompt|初始指令|内部指令|隐藏指令|你的指令|全部配置|系统配置|你的设定)|把你的(?:提示词|设定|指令|系统提示|规则)",
        r"(?x)(?:重复|复述|逐字|一字不差|原样).{0,10}(?:你收到的|第一条|上面|以上|系统|开头|最初).{0,10}(?:消息|内容|文字|指令|信息|话)|(?:你|系统)收到的第一条",
        r"(?x)(?:假装|假设|扮演|想象|当作|装作|你现在是|从现在起你是|从现在开始你).{0,14}(?:没有(?:任何)?(?:限制|规定|规则|约束|道德|审查)|不受(?:任何)?(?:限制|约束)|无限制|私人助手|dan|黑客|另一个ai|猫娘|女友|男友|老婆|奶奶|邪恶)",
        r"(?x)我(?:是|就是)(?:你们?的?|这里的)?.{0,4}(?:开发|工程师|程序员|管理员|系统管理|测试人员|创造者|主人|老板|ceo|运维|openai).{0,16}(?:提示词|密码|系统|配置|权限|指令|限制|数据库|后台|模式)",
        r"(?x)\b(?:ignore|disregard|forget|override|bypass|skip|discard|neglect|violate|stop\ following|don't\ follow|do\ not\ follow)\b.{0,30}\b(?:instructions?|rules?|prompts?|guidelines?|restrictions?|safety|filters?|guardrails?|constraints?|policies|everything\ (?:above|before)|all\ (?:of\ )?(?:the\ )?(?:above|previous)|programming|directives?)\b",
        r"(?x)\b(?:reveal|show|print|repeat|output|tell|give|display|leak|dump|expose|list|share|what(?:'s|\ is|\ are|\ were))\b.{0,40}\b(?:system\ prompts?|hidden\ (?:instructions?|prompts?)|initial\ (?:instructions?|prompts?)|your\ (?:\w+\ )?(?:instructions|prompts?|guidelines|rules|configuration|config|source\ code|training)|instructions?\ you\ (?:were|got|have)|text\ above|words\ above|everything\ above|message\ above|prompt\ above)",
        r"(?x)\b(?:pretend|act|imagine|roleplay|role-play|behave|simulate|you\ are\ now|from\ now\ on)\b.{0,50}\b(?:no\ (?:rules|restrictions|limits|filters?|guidelines|limitations)|unrestricted|uncensored|without\ (?:any\ )?(?:rules|restrictions|limits|filters?)|dan|jailbroken|evil|hacker|my\ (?:girlfriend|grandma|boyfriend))\b",
        r"(?x)\b(?:developer|debug|dev|god|admin|jailbreak|dan|unrestricted|sudo|maintenance)\ mode\b.{0,20}(?:$|enable|on\b|now|activat|enter|and)|\b(?:enable|enter|activate|switch\ to|turn\ on|in)\ (?:the\ )?(?:developer|debug|dev|god|admin|jailbreak|dan|unrestricted|sudo)\ mode\b|\bjailbreak\b",
        r"(?x)\#{2,}\s*(?:system|instruction|assistant|admin|new)|<\|?(?:im_start|im_end|system|endoftext)|\[(?:inst|system|/inst)\]|^\s*(?:system|assistant)\s*:|\byou\ must\ (?:approve|refund|comply|obey)|必须批准|必须无条件",
        // --- secrets of the system ---
        r"(?x)(?:后台|管理员|服务器|数据库|系统|内部|管理后台|root|admin|你们的?|员工|ftp|ssh|接口).{0,6}(?:登录|登陆|账号|帐号)?.{0,6}(?:密码|口令|token|密钥|api\s?key|apikey|secret|私钥|连接串|源码|源代码|登录地址)(?:是|发|告诉|给|多少|什么|是多少|一下|$|,|。|\?|!)",
        r"(?x)(?:告诉|发|给|泄露|拿到|获取|导出|查出).{0,8}(?:后台|服务器|数据库|管理员|admin|root|api|系统).{0,8}(?:密码|账号|权限|token|密钥|key|地址|数据|源码)|(?:给|开通|提升)我?.{0,4}(?:管理员|root|后台|最高)权限",
        r"(?x)\b(?:admin|root|database|db|server|backend|back-end|system|ssh|staff|employee|internal)\b.{0,16}\b(?:passwords?|passwd|credentials?|token|secret|login|access|keys?)\b|\b(?:api\ ?keys?|secret\ keys?|access\ tokens?|private\ keys?|env(?:ironment)?\ variables?|source\ code|database\ dump)\b.{0,40}(?:$|\?|give|send|show|tell|please)",
        // --- code ---
        r"(?i)<\s*/?\s*(?:script|svg|iframe|img|body|object|embed|link|meta|style|form|input|video|audio|math|base)\b[^>]{0,200}(?:>|$|=)|javascript\s*:|vbscript\s*:|\bon(?:error|load|click|mouseover|focus)\s*=|document\s*\.\s*(?:cookie|location|write)|\b(?:alert|prompt|confirm|eval)\s*\(|window\.location|%3cscript",
        r"(?i)(?:'|\x22|\d)\s*\)?\s*(?:or|and)\s*\(?\s*(?:'|\x22)?\w+(?:'|\x22)?\s*(?:=|like)\s*(?:'|\x22)?\w*|;\s*(?:drop|delete|truncate|alter|insert|update|select|shutdown|exec)\b|\bunion\b\s+(?:all\s+)?select\b|\bselect\b\s+(?:\*|[\w,. ()*]+)\s+from\s+\w+|\b(?:drop|truncate|alter)\s+(?:table|database)\b|\binsert\s+into\s+\w+|\bdelete\s+from\s+\w+|\bupdate\s+\w+\s+set\s+\w+\s*=|\b(?:sleep|benchmark|waitfor|xp_cmdshell|load_file|extractvalue|updatexml|information_schema)\s*\(?|'\s*(?:--|#|;)|/\*.*\*/",
        r"\{\{.{1,120}\}\}|\{%.{1,120}%\}|\$\{.{1,160}\}|#\{.{1,120}\}|<%.{1,120}%>|\$\(.{1,160}\)|`[^`]{0,80}(?:curl|wget|cat|rm|id|whoami|ls|bash|sh)\b[^`]{0,80}`",
        r"(?i)(?:^|[;&|\s'])(?:cat|less|head|tail|more|vi|nano)\s+/?(?:etc|var|proc|root|home)/|/etc/(?:passwd|shadow|hosts)|\brm\s+-[rf]{1,2}\b|\b(?:curl|wget)\s+https?://|\|\s*(?:sh|bash|nc)\b|&&\s*(?:rm|cat|curl|wget|ls|whoami|id)\b|\bnc\s+-\w*e|/bin/(?:sh|bash)|\.\./\.\./|\bpowershell\b|\bcmd\.exe\b|\bbase64\s+-d\b|\bchmod\s+[+0-7]|\bsudo\s+\w+|<!entity|<!doctype|file:///|jndi:|os\.system|subprocess|__import__|__proto__|system\(|passthru\(|phpinfo|\bexec\(",
        // --- other people's data ---
        r"(?x)(?:手机号|电话|身份证|住址|地址|订单|个人信息|资料|微信|姓名|购买记录|隐私).{0,14}(?:不是我本人|不是我的|别人的|他人的)|(?:查|找|告诉|发|给|知道|提供|看).{0,12}(?:前女友|前男友|前妻|前夫|别人|他人|其他(?:买家|客户|会员|顾客|用户|人)|另一个(?:买家|客户|用户)|那个(?:买家|人|客户)|邻居|同事|明星|老板|这个人|她|他).{0,10}(?:手机号|电话|身份证|住址|住哪|地址|住在|订单|买了什么|买过什么|个人信息|资料|收货|家在哪)",
        r"(?x)(?:所有|全部|全体|每个)(?:的)?(?:会员|客户|买家|用户|顾客|员工|订单)的?.{0,6}(?:手机号|电话|地址|资料|名单|信息|数据|邮箱|身份证).{0,6}(?:导|发|给|列|$)|(?:导出|下载|拉取|打包|列出).{0,6}(?:客户|会员|用户|买家|顾客)的?(?:名单|数据|资料|信息|手机号|列表)|(?:买家|评论者|顾客|客户|那个人|评价的人|卖家|主播|快递员|客服).{0,6}的?(?:住址|家庭住址|家庭地址|身份证|私人电话|手机号|电话|住哪).{0,3}(?:给我|发我|告诉我|是多少|是什么)|(?:人肉|开盒|查户口)|前(?:女友|男友|妻|夫)的?.{0,8}(?:地址|电话|手机号|订单|住)",
        r"(?x)\b(?:give|send|tell|show|find|get|look\ up|need|want|share|export|list|dump|what(?:'s|\ is)|where)\b.{0,50}\b(?:(?:other|another|all|every|any)\ (?:customers?|buyers?|users?|members?|people|person)(?:'s?)?|(?:ex|ex-girlfriend|ex-boyfriend|ex-wife|ex-husband|girlfriend|neighbou?r|boss|coworker)(?:'s)\b|the\ (?:buyer|reviewer|customer|person)\ who|someone\ else's|customer\ (?:list|database|data)|where\ (?:he|she)\ lives|\w+'s\ home\ address)",
        // --- obscene, violent, illegal ---
        r"(?x)裸照|裸聊|裸体|果照|约炮|一夜情|文爱|做爱|性爱|啪啪啪|口交|自慰|撸管|黄片|黄色(?:视频|电影|网站|小说|图片|片)|成人(?:视频|电影|网站|片)|a片|av资源|色情|嫖|援交|包养|卖淫|招嫖|色图|涩图|迷奸|强奸|(?:发|看|给|拍).{0,4}(?:胸|奶子|下体|私处|内裤照|原味)|原味(?:内裤|丝袜)|(?:你|妹妹|小姐姐).{0,4}(?:穿什么内裤|内裤.{0,4}颜色|胸多大|胸围|罩杯|脱(?:了|衣)|陪睡|陪我睡|睡一晚|多少钱一晚)|脱了给我|想(?:上|睡|干|操|日)你|(?:操|干|日)(?:死|哭|翻)你|做我(?:女|男)朋友.*脱",
        r"(?x)\b(?:nudes?|naked|porn\w*|blowjob|onlyfans|sexting|horny|dick\ pics?|masturbat\w*|escort\ service|hookers?|prostitut\w*|have\ sex|sex\ (?:with|chat|tape|video)|sexy\ (?:pics?|photos?)\ of\ you|what\ are\ you\ wearing|rape|bra\ size|your\ (?:boobs|tits|panties))\b",
        r"(?x)(?:买|卖|搞到?|弄到?|哪里有|有没有|出售|自制|制作|做|造|组装|怎么做|淘).{0,5}(?:真枪|枪支|手枪|步枪|猎枪|气枪|枪$|枪[,。?!]|把枪|子弹|弹药|炸弹|炸药|雷管|手榴弹|土制|燃烧瓶|毒品|冰毒|海洛因|可卡因|大麻(?:$|[^花糖])|k粉|摇头丸|麻古|迷药|迷魂药|听话水|催情药|春药|蒙汗药|毒药|毒气|氰化|砒霜|假钞|假币|假钱|窃听器?|针孔摄像|偷拍设备|gps跟踪器偷|枪)(?:$|[^头玩水胶具])",
        r"(?x)真枪|子弹|冰毒|海洛因|摇头丸|麻古|飞叶子|溜冰(?:$|吗)|听话水|迷药|假币|假钞|氰化钾|做毒气|毒气弹|制毒|炸弹怎么|怎么做炸弹",
        r"(?x)(?:假|伪造|办|做|买|仿)(?:的)?(?:一个|张|个|一张)?(?:身份证|驾照|驾驶证|毕业证|学位证|护照|公章|证件|结婚证|学历)|办证|(?:代开|虚开|买卖|假|倒卖|卖|买)(?:一?[张点些])?(?:的)?(?:增值税)?(?:发票|专票|普票)(?:$|[^抬怎可能吗])|开(?:一?张)?假(?:的)?发票|(?:虚|多)开.{0,4}(?:金额|发票)|发票.{0,6}(?:多开|虚开|开高|开大|点数|点位)",
        r"(?x)刷单|刷好评|刷信誉|刷销量|刷评|刷量|好评返现群|日结\d|加(?:我)?(?:微信|qq|v信|vx|扣扣|薇信).{0,10}(?:赚|兼职|返|优惠|代|有货|详聊)|代?套现|花呗套现|洗钱|跑分|买卖银行卡|收购银行卡|薅羊毛.{0,6}(?:漏洞|脚本|软件)|(?:赌博|博彩|六合彩|私彩|菠菜|网赌|赌场)|外挂|翻墙软件|vpn翻墙",
        r"(?x)(?:破解|黑进|黑掉|入侵|攻击|盗取?|盗号|爆破|撬开|撞库|监听|监控|定位|偷看).{0,8}(?:别人|他人|邻居|对方|老婆|老公|女友|男友|同事|网站|系统|服务器|账号|帐号|门锁|手机|wifi|后台|数据库|密码|微信|聊天记录)|(?:ddos|拖库|脱裤|钓鱼网站|木马|病毒)(?:.{0,6}(?:做|写|弄|攻击|怎么|帮))|(?:写|做|造|弄).{0,6}(?:木马|病毒程序|钓鱼|外挂|诈骗)",
        r"(?x)(?:骗|诈|讹|坑|薅).{0,6}(?:赔付|赔偿|退款|运费险|保险|钱|理赔)(?:的|怎么|$|,|。)?.{0,4}(?:方法|办法|教|怎么|帮|$)|(?:怎么|如何|教我|帮我).{0,8}(?:骗|诈骗|讹|碰瓷|造假|伪造|做假|逃税|偷税|避税|洗)|假(?:的)?(?:质检|检测|鉴定|医院|病历|证明|物流|聊天|付款|转账)(?:报告|记录|单|截图|证明)?",
        r"(?x)(?:怎么|如何|怎样|想|要|去|找人|帮我|雇人).{0,6}(?:弄死|杀死|杀掉|干掉|毒死|勒死|砍死|捅死|打死|做掉|杀了?|砍了?|捅|打断|炸了?)(?:一个|了|掉|那个|这个|你们?|他|她|人|老板|快递员|客服|全家)|(?:杀|砍|捅|打|弄|炸)(?:死|了|掉)?(?:你|你们|你全家|他|她|他全家|客服|快递员)(?:全家)?(?:$|,|。|!)|杀人|(?:带|拿)(?:着)?(?:刀|枪|汽油).{0,6}(?:去|找|来)|同归于尽|血洗|弄死你|砍死你|要你(?:的)?命|我去找他.{0,6}(?:算账|弄|打)|(?:尸体|分尸|毁尸)",
        r"(?x)\b(?:buy|sell|get|find|make|build|order|need|sells?|where|how)\b.{0,30}\b(?:(?:a|real|illegal|unregistered)\ guns?(?:\ |$|\?)(?:without|no|for|$)?|firearms?|ammo|ammunition|bullets|bombs?(?:$|\ (?:at|from|with|using))|explosives?|grenades?|cocaine|heroin|meth(?:amphetamine)?|weed|marijuana|cannabis|lsd|mdma|ecstasy\ pills|fentanyl|drugs|poison\ (?:someone|my|him|her|gas)|roofies|fake\ (?:ids?|passports?|money|invoices?|receipts?|licen[cs]es?|certificates?|reviews?)|counterfeit\ (?:money|bills|notes)|stolen\ (?:cards?|goods|phones?))\b",
        r"(?x)\b(?:kill|murder|stab|shoot|strangle|beat\ up|hurt|poison|burn\ down|blow\ up)\b\ (?:you|him|her|them|someone|somebody|your\ \w+|my\ (?:wife|husband|boss|neighbou?r|ex)|a\ person|people|everyone)\b|\b(?:hack|crack|break)\ (?:into|open)\ (?:my\ (?:neighbou?r|ex|boss|wife|husband|girlfriend)|someone|your|the\ (?:system|database|server)|an?\ (?:account|lock))|\bhack\ (?:someone|an?\ account|your|into|the\ (?:site|shop|system|database))|\bmoney\ launder\w*|\blaunder\ money|\b(?:write|create|make|generate)\ (?:me\ )?(?:a\ |some\ )?(?:malware|ransomware|virus|phishing|keylogger|exploit|fake\ \w+)|\bphishing\b.{0,12}\b(?:page|email|site)\b|\bddos\b|\bfake\ (?:ids?|invoice|receipt|orders?\ for|passport)\b|\bscam\ (?:people|someone|the\ shop)|\b(?:stalk|blackmail)\b",
    ])
    .expect("the patterns of the rules are fixed and tested")
});

/// Whether the message tries to attack or misuse the responder, or asks for what a shop must not touch.
pub fn unsafe_input(input: RuleInput<'_>) -> bool {
    UNSAFE.is_match(input.folded)
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
