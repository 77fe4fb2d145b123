//! Questions that only a look-up of this customer's own case can answer.
//!
//! Three ways lead there: a number that names one case, an order to look it up or hurry it (帮我查, 催一下), or something of the
//! customer's own (我的快递, 昨天买的, my refund) with a question about its state (到哪了, 还没发, has … been). Questions of
//! method and rule (怎么查, 一般几天, 怎么办, how do I) are none of these, however much 我 they hold, and neither are those of what
//! may be done, paid or compensated (能换吗, 有补偿吗, do I get): the help centre answers them for everybody.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{RuleInput, pattern};
use crate::text::redact::{FindingKind, redact};

/// Order and tracking numbers: a dated code, a courier's code, or ten digits and more, perhaps in groups.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[^a-z0-9])(?P<number>[a-z]{1,4}\s?-?\d{8,}(?:-\d+)*(?:[a-z]{2})?|[a-z]{2,3}-\d{4,}|\d{10,}|
             \d{4}[\ -]\d{4}[\ -]\d{4}(?:[\ -]\d{1,6})*|\d{8}-\d{3,})(?:$|[^a-z0-9])",
    )
});

/// Asks for a look-up or a push.
static LOOK_UP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:帮|替|给|麻烦|请|可以|能).{0,4}(?:查|看|催|核实|确认|check)(?:一下|下|看|查|催|一查|一看)?.{0,8}(?:我|快递|单|物流|包裹|退款|到|发|进度|什么情况|咋回事|
             怎么回事|积分|等级|余额|号|状态|没|哪)
          |^(?:我要|我想|想)?(?:查|查询|查下|查一下|看下|看看)(?:一下)?(?:我|俺|快递|物流|单号|订单|包裹|进度).{0,8}(?:$|,)
          |(?:查|看|催|取消|改|退|到哪|发|送|在哪|是不是|漏|拦).{0,12}(?:尾号|后四位)\d{4}|(?:尾号|后四位)\d{4}.{0,8}(?:查|看|催|取消|到哪|发|送到|在哪|是不是|漏|拦|还没|怎么|状态|进度)
          |(?:^|,)(?:帮忙|麻烦|你们?|请|快)*(?:看|查)(?:一下|下|看|查|一查|一看|哈)(?:吧|呗|啊|谢谢)?$
          |(?:帮|替|给|麻烦).{0,3}(?:查|催|核实)(?:查|一下|下|一查|催|一催)*(?:$|,)|^(?:快点?|赶紧|尽快|麻烦尽快|麻烦快点|速度|马上|请尽快)(?:给我|
             帮我)?(?:发货|退款|退钱|处理|发|退|送|派送|补发)(?:啊|吧|行吗|好吗)?(?:$|,)
          |催(?:一下|下|催|一催|个)?(?:我的|我那个)?(?:快递|单|发货|物流|退款|件|货|订单|审核|配送|派送)(?:吧|啊|呗|子|一下|下|急|$|,)|(?:快递|订单|单子?|发货|
             物流|退款|包裹).{0,6}催(?:一下|下|催)
          |把我.{0,8}(?:单|订单).{0,6}(?:取消|退|改|拦|删)|(?:帮我|麻烦|给我)(?:把)?.{0,6}(?:单|订单|快递|包裹).{0,4}(?:取消|拦截|退掉|拦下)",
    )
});

/// What happens to a case.
const HAPPENS: &str = r"(?:发货|发出来|发出去|发走|发|出库|揽收|揽件|寄出来|寄出|寄|返|派送|派件|配送|送达|送到|送|到账|到货|到|签收|签|退款|退回|退|开票|开出来|开|处理|解决|审核|审批|审|通过|批|受理|安装|
             装|修好|修|赔付|赔|补发|补|换|取消|拦截|生效|改|解冻|解封|成功|入账|入库|收到|收|看到|更新|回复|联系|来|反馈|结案|办|弄|确认|打款|付款|支付|返现|兑|上门|验货|检测|出|动)";
/// Things that have a state worth looking up.
const THING: &str = r"(?:快递|快件|订单|单子|单|包裹|件|货|东西|物流|退款|退货|换货|钱|款|补发|发票|积分|余额|申请|审核|工单|投诉|师傅|维修|赔付|理赔|运费险|奖励|地址|预售|赠品|取件|红包|返现|差价|价保|
             定金|订金|尾款|押金|预约|安装|付款|支付|衣服|手机|账号|帐号|账户|换的|退的|买的|修的|寄的|反映的|申诉|问题|事)";

/// One case, told by its state alone: 到哪了, 还没发, 退了没.
static STATE_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:到|去|在|送到|走到|发到)(?:哪|边)(?:一?步|里|儿|嘎达|旮旯|个地方|度|个环节)?(?:了|咗|啦|呢)|(?:到|进行到)哪一?步|(?:快递|包裹|东西|货|件)(?:现在|目前)?(?:到|在|
             送到)(?:哪|边)(?:里|儿)?(?:$|,)|去咗边|到咗未
          |(?:怎么|咋|为什么|为啥|点解|为何|干嘛)(?:还|都|仍|就是|一直|现在|到现在|仲)*(?:没|未|冇|不)(?:有|给我|见|能|帮我)?(?:发|到|寄|送|退|来|收到|派|揽|补|开|装|修好|审|处理|回复|打款|赔|给|出库|发货|通过)(?:到|出来|出去|货|款|钱|账|啊|呀|呢|了|$|,)
          |{THING}.{{0,8}}{HAPPENS}(?:了|过|好|完|到|成功|咗|上|出来|下来)+(?:没有?|吗|么|未|冇|没得|不)(?:$|[啊呀呢哈哦嘛,])
          |{HAPPENS}(?:成功|完|好|出来|出去)?(?:了没有?|没有?|咗未|了未|了冇)(?:$|[啊呀呢哈哦嘛,])
          |(?:是不是|会不会是?|该不会|难道)(?:被)?(?:漏发|漏|忘)|到底{HAPPENS}(?:没|了没|不)
          |(?:进度|状态|进展)(?:$|如何|怎么样|到哪|是什么|啥样|呢)|有(?:没有)?(?:结果|消息|进展|动静|下文)(?:了|吗|么|没)|(?:送|到|发|退|收)没(?:送|到|发|退|
             收)到?|有没有{HAPPENS}(?:$|,|出来|成功)|收到没(?:有?$|[,啊呀呢])|今天送不送
          |(?:^|,).{{0,6}}(?:货|东西|快递|包裹|赠品|快件)(?:呢|在哪(?:里|儿)?)(?:$|,)|{THING}(?:咋样|怎么样|如何)了|(?:单号|快递单|
             运单|取件码).{{0,6}}(?:给我|发我|发一下)|取件码是|(?:^|,)(?:我|俺)(?:的|那|这)*(?:{THING}).{{0,3}}(?:状态|在哪)|是谁签|谁签收|被谁签|(?:返修|维修|送修)的[^,]{{0,8}}(?:什么时候|几时|啥时候|哪天)(?:能|才|才能)?{HAPPENS}|(?:^|,)(?:处理)?结果呢(?:$|,)|(?:我|俺)(?:的|那|这)*{THING}[^,]{{0,4}}(?:放|在|发到|寄到|送到|存)(?:在|到)?哪个?(?:驿站|邮箱|柜|地方|快递柜|网点)|我[^,]{{0,3}}(?:余额|积分)(?:还)?(?:有|剩)?多少|(?:我|俺)的?(?:{THING})(?:怎么|咋|为什么)(?:还|一直)是待"
    ))
});

/// Something of this customer's, or one case pointed at.
static OWN_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:我|俺|窝|咱|吾|偶|本人)(?:的|嘅|那|这|個|个|啲|张|台|家|(?:妈|爸|女儿|儿子|老公|老婆|朋友)(?:的|那|买|寄|订|单|收)|邀请|买|订|拍|下|付|申请|退|寄|约|收|反映|提|送修|改|上|昨|前|刚|账|帐|预|换|还|
             有|现在|目前|家|那|订单|快递|东西|货|包裹|发票|积分|卡|投诉|\d)
          |(?:昨天|昨晚|前天|大前天|今早|上午|上周|上个?月|上礼拜|上星期|上次|周[一二三四五六日]|星期.|\d+月\d+[号日]?|\d{1,2}[号日]|刚刚?|刚才|前几天|前两天|半个月前|
             一周前|月初).{0,4}(?:买|拍|下|订|付|退|寄|反映|申请|提交|约|说好|换|报|投诉|看)
          |(?:这|那|另外一|另一|还有一)(?:个|一)?(?:单|件|订单|包裹|快递|票货)|说好.{0,6}(?:给我|补|今天|昨天|送|发)|约的|(?:只|没|不|又|多)给我|给我(?:退|补|发|装|送|装|修|寄|换)|(?:顺丰|圆通|中通|韵达|京东|
             申通|极兔|邮政|ems)那?个?件|俾我|退回去的|寄去的|寄回去的",
    )
});

/// With it, questions of time, amount and cause are about a case too.
static OWN_STATE_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"收到.{{2,12}}了(?:吗|没)|我(?:还|现在|目前|账上|这里|总共)*(?:有|剩)(?:多少|几)|(?:怎么样|咋样|如何)了?(?:$|,)|什么时候(?:才)?能?给我(?:$|,)|(?:什么时候|
             几时|几点|几号|啥时候|哪天|多久|今天|明天|后天|这周|周末前)(?:才|会|可以|可|就)*(?:能|会|可以)?(?:给我|俾我|帮我)?{HAPPENS}|约的?(?:是)?(?:几号|几点|什么时间)|
             几号(?:上门|送|来)
          |(?:为什么|为啥|为何|点解|干嘛|凭什么).{{0,8}}(?:被|扣|只|少|取消|冻结|封|拒|没|还|不更新|不发|不退|不到|驳回)
          |怎么.{{0,6}}(?:只|少|被|多扣|扣|取消|又|没|不见|变成|不发|不退|不到|不动|停)|被(?:取消|扣|退回|冻结|封|拒|驳回)|扣了(?:两|2|三|3)
          |(?:是|有|剩|还有|还剩)(?:多少|几|啥|什么)(?:了|分|张|块|元|钱|件|号|级|等级|$|积分|优惠券|余额)|(?:是|发的|走的)(?:哪家|哪个快递)|什么时候(?:到期|
             过期)|哪家发的
          |(?:快递|快件|订单|单子|单|包裹|件|货|东西|钱|款|发票|积分|奖励|赠品|红包|券|块|师傅)呢(?:$|,)|在哪(?:里|儿)?了|
             (?:还|仍|都|一直|仲|到现在|几天都?)(?:还|都|仍|就是)?(?:没|未|冇|不)(?:有|给我|见|能|帮我)?{HAPPENS}|(?:还|仍|都|一直)(?:没|未)有?(?:动静|消息|下文|反应|人|见到)|
             {THING}.{{0,8}}(?:不动了|一直不动|没动了?|不更新|没更新|没动静|没消息|没变化|停在|停滞|卡在|卡住|被退回|丢了吗)|(?:是不是|会不会是?|该不会|难道)(?:被)?(?:弄丢|丢|送错|寄错|发错)|咋回事|怎么回事|什么情况|啥情况|少了一|没发|没收到|{THING}.{{0,8}}{HAPPENS}(?:了|到|咗)+吧(?:$|,)|{HAPPENS}(?:了|过|好|完|到|成功|咗)+(?:没有?|吗|么|未|冇|不)|
             能(?:发|送|到)(?:出来|到)?(?:吗|不|么)|能不能拦截|能拦截|备注.{{0,4}}看到|不见了|丢了"
    ))
});

/// Asks for the way or the rule.
static METHOD_ZH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"怎么办|咋办|咋整|怎么(?:查|看|弄|操作|用|预约|联系|改|换|申请|退|催|搞|登|开|算|赔|处理|取消|收|付|领|找|兑|写|填|选|买|下|寄|绑|注销|设置|解决|样才|才能|去|要)|如何|咋(?:查|
             看|弄|用|改|换|退|开|算|申请|搞|领|操作)|点样|一般|通常|正常|平时|规则|流程|政策|什么意思|啥意思|在哪(?:里|儿)?(?:看|查|领|找|改|申请|催|填|用|买|开|取消|可以|能|下|设置|操作|
             弄)|哪里(?:看|查|领|找|改|申请|催|可以|能|买|开)|可以(?:指定|送|改|换|退|货到)|能不能(?:指定|货到)|如果|要是|万一|假如|的话|什么原因会|付不了|用不了|登不上|登不了|打不开|会不会|
             给谁|让谁|谁(?:会|能|可以|看得)(?:看|知道)|广告|推销|营销短信|怎么(?:停|关)(?:$|[,掉止闭])|怎么(?:屏蔽|拒收|退订)|
             补(?:偿)?(?:我|俺)?(?:点|些)?(?:什么|啥|多少)(?:$|[,呢啊])|(?:改|换|推|挪|延|提前|推迟)[^,]{0,6}(?:行吗|行不行?|可以吗|可以不|好吗|成吗|得唔得)(?:$|,)|
             (?:海关|孩子|小孩|家人|老公|老婆|我妈|我爸|不小心|手滑)[^,]{0,3}把我[^,]{0,8}单[^,]{0,6}(?:退|取消|改|删)|(?:订单|单子|记录)[^,]{0,6}(?:不见了?|没了|找不到|看不到|消失)|
             想买|想要买|看中|有优惠|穿什么|能吃
          |(?:能|可以|能否|还)(?:不能|不可以)?[^,]{0,10}(?:退|换|取消|改|补|赔|开|要|用|选|藏|关|买|延|存|放|晚点|让|过来|收货)[^,]{0,6}(?:吗|么|不|嘛|吧)(?:$|,)|能不能[^,]{0,6}(?:退|换|改|补|赔|开|用|选|藏|关|延|存|放|晚|让)
          |补偿(?:吗|么|不|多少|标准|啊|呀|$|,)|有(?:没有|冇)?补偿|赔(?:点|多少|什么|啥|不|吗|付吗|我不)|(?:是|还是)(?:补发|退款|重发|再发|赔)(?:还是|$|,)|还是(?:补发|退款|重发|再发)
          |(?:去|在|从|到|上)?哪(?:儿|里|个页面|度)?(?:能|可以|去)?(?:查|找|选|领|看)|能查(?:快递|物流|订单|单)|边度|点哪|从哪
          |(?:退的?钱|退的?款|钱退|款退|退款退)(?:会|都|是|该)?(?:退)?(?:去|到|回)哪(?:里|儿|了|$|,)
          |(?:为什么|为啥|为何|怎么|咋)[^,]{0,8}(?:没有|没|不)(?:给我)?(?:显示|选项|按钮|入口|算|触发|选|加|让|能|参加|享受|满足|半价|优惠|货到|花呗|分期|积分|生效|计入|叠加|送)
          |(?:为什么|为啥|咋|怎么)[^,]{0,8}(?:还要|要)(?:收|付|交|补|等)|凭什么|凭啥|比(?:我|实)?(?:付|买|花)[^,]{0,4}(?:少|多|低)|(?:选项|按钮|入口)(?:$|,)
          |(?:能|会|可以)(?:看|查|搜)(?:到|见)|(?:以后|之后|后)[,]?[^,]{0,3}(?:多久|几天|什么时候|啥时候)|要多久|多长时间|会自己|不等了|算不算|对不对|正常吗|[中待]是(?:什么|啥)状态|(?:今天|现在|今晚|明天)(?:下单|拍|付款|买|订)[^,]{0,8}(?:能|可以|会)|不给我?(?:退|换|开|取消|补|赔|用)|来得及|拆开没|点解封|点样解|管不管",
    )
});

static ASKS_EN: LazyLock<Regex> = LazyLock::new(|| {
    const CASE: &str = r"(?:orders?|packages?|parcels?|delivery|deliveries|shipments?|refunds?|returns?|exchange|replacement|invoice|
             ticket|payment|repair|account|balance|stuff|items?|things|gift|tracking|technician|installation|claim|complaint|
             money|sofa|purchase|courier|cancellation|rewards?|booking|appointment)";
    const DONE: &str = r"(?:here|arrived|there|on\ (?:its|their|the)\ way|out\ for|shipped|sent|delivered|ready|processed|approved|pending|through|done|
             completed?|confirmed|lost|stuck|delayed|cancell?ed|blocked|locked|frozen|received|coming|going\ to|booked|issued|being|still|yet|
             in\ transit|late|scheduled|dispatched|refunded|accepted|rejected|paid|back|picked|collected|fixed|repaired|updated|moving|
             credited|go)";
    // What ties a question of time to one order: a day on which it was placed, a number, a wait.
    const ANCHOR: &str = r"(?:ordered|bought|returned\ (?:it|on)|placed|yesterday|last\ (?:week|month|night|\w+day)|\bago\b|since|\d{3,}|on\ the\ \d|already\ paid|
             i\ paid)";
    pattern(&format!(
        r"\b(?:where(?:'?s|\ is|\ are|\ r|\ the\ hell\ is)?|what(?:'s|s|\ is)?\ (?:happening|happened|going\ on|
             up)\ (?:with|to))\ (?:the\ (?:rest|other|hell)\ (?:of\ |is\ )?)?(?:my|mine|our)\b
          |\bwhat(?:'s|s|\ is|\ are)\ (?:the\ )?(?:status|state|progress)\b|\bstatus\ of\ (?:my|our|the|order)\b|\bwhat(?:'s|s|\ is|
             \ are)\ my\ (?:current\ )?(?:\w+\ )?(?:balance|points|level|tier|number|status|order|code|tracking|membership|
             credit)
          |\b(?:my|our)\ (?:\w+\ )?(?:{CASE}|shipping)\ (?:status|progress|update)$|\b(?:how\ many\ points\ (?:do\ i\ (?:still\ )?have|have\ i|are\ left|
             did\ i)|how\ much\ (?:balance|credit)|what\ (?:tier|level|rank))\b.{{0,16}}(?:\b(?:i|my)\b|$)
          |\bhow\ many\ points\ do\ i\ have
          |\b(?:is|are|was|were|isn't|aren't|wasn't)\ (?:my|our|the)\ (?:\w+\ ){{0,2}}?{CASE}\b.{{0,40}}\b{DONE}\b
          |\b(?:is|are|was|were)\ (?:my|our|the)\ \w+\ i\ (?:ordered|bought|returned|sent)\b
          |\b(?:did|has|have|hasn't|haven't|didn't)\ (?:you\ (?:guys\ )?(?:already\ )?(?:received|shipped|sent|got|processed|issued|receive|ship|send|get|
             refund|refunded|dispatched)\ )?(?:my|our)\ (?:\w+\ ){{0,2}}?(?:{CASE}|\w+\ i\ (?:ordered|bought|returned|sent))\b
          |\b(?:did|has|have)\ (?:you\ (?:guys\ )?(?:already\ )?\w+\ )?the\ (?:\w+\ ){{0,2}}?\w+\ i\ (?:ordered|bought|returned|sent)\b
          |\b(?:did|has|was)\ the\ (?:courier|driver|technician|fitter|warehouse|installer|postman)\b.{{0,40}}\b(?:my|our|me)\b
          |\bhas\ the\ (?:technician|fitter|installer)\b
          |\b(?:have|did|has)\ you\ (?:guys\ )?(?:received?|shipped|ship|got|get|sent|send|processed)\b|
             \bhas\ (?:it|anyone)\ (?:shipped|left|been|arrived)|\bis\ it\ (?:on\ its\ way|shipped)
          |\bwhen\ (?:will|is|does|are|do|can|would)\ (?:i\ (?:get|receive|expect|have)\ )?(?:my|the\ rest)\b.{{0,60}}{ANCHOR}|{ANCHOR}.{{0,60}}\bwhen\ (?:will|is|does|are|do|can|
             would)\ (?:i\ (?:get|receive|expect|have)\ )?(?:it|my|the\ rest)\b
          |\bwhen\ does\ my\ own\b
          |\bany\ (?:updates?|news|progress|word)\b.{{0,12}}\b(?:on|about|of|with|for)\ (?:my|our|the|ticket|
             order)
          |\bwhy\ (?:was|is|did|has|have|were|hasn't|haven't|are|isn't)\ (?:i|my|you|the\ money|it|
             our)\b.{{0,24}}(?:charged|cancel|refunded|declined|rejected|late|delayed|locked|frozen|suspended|twice|
             arrived|shipped|returned|closed|blocked|taking|stuck|moving)
          |\b(?:(?:can|could|would|will)\ (?:you|u|someone|anyone|anybody)|please|pls|help)\b.{{0,14}}\b(?:track|check|trace|look\ up|look\ into|look\ at|find\ out|see)\ (?:on\ |the\ |status\ |of\ |
             where\ |if\ |whether\ |what\ happened\ to\ )*(?:my|our|order|parcel|package|it)\b
          |\b(?:track|check|trace|look\ up|look\ into)\ (?:on\ |the\ |status\ |of\ )*(?:my\ )?(?:order|parcel|package|refund|return).{{0,8}}(?:\d{{5}}|\ please$|\ pls$)
          |\b(?:cancel|stop|intercept|hurry|speed\ up|update|change)\b.{{0,24}}\b(?:order|parcel|package|refund|
             return)\b.{{0,20}}(?:\d{{5}}|yesterday|i\ (?:just\ )?(?:placed|ordered|made))
          |\b(?:my|our)\ (?:\w+\ ){{0,2}}?{CASE}\b.{{0,40}}\b(?:haven't|have\ not|havent|hasn't|hasnt|has\ not|never|still\ not|didn't|did\ not|not)\ (?:yet\ |been\ |
             even\ )?(?:received|gotten|got|arrived|arrive|come|came|shipped|delivered|moved|updated|left|
             showed\ up|processed|refunded|credited)\b
          |\bi\ (?:still\ )?(?:haven't|have\ not|havent|never|didn't|did\ not)\ (?:yet\ |even\ )?(?:received|receive|gotten|got|get|seen)\ (?:my|our|the|any)\ (?:\w+\ ){{0,2}}?{CASE}\b
          |\b(?:still|there'?s|it's\ been)\b.{{0,24}}\b(?:no|waiting\ (?:for|
             on))\ (?:sign\ of\ )?(?:my|our)\ (?:\w+\ )?{CASE}|\bno\ (?:updates?|news|movement|sign)\ (?:on|of|about|for|from)\ (?:my|our)\b
          |\b(?:my|our)\ (?:\w+\ ){{0,2}}?{CASE}\b.{{0,40}}\b(?:stuck|says|shows|delayed|is\ still|
             still\ (?:says|shows|not|processing)|never|supposed\ to|missing|was\ meant|overdue|no\ longer|disappeared|
             hasn't|isn't|not\ (?:here|arrived|working)|doesn't\ work)
          |\bi\ (?:just\ )?(?:ordered|bought|paid|returned|sent|got\ only|only\ got|received\ only|
             only\ received|placed)\b[^?]{{0,100}}(?:where|nobody|hasn't|not\ (?:arrived|here|come)|happened|coming|
             did\ it|is\ it|has\ it|\byet|days\ ago|status)
          |\b(?:my|our)\b.{{0,60}}\btracking\ (?:hasn't|has\ not|not|says|shows|stopped|is\ stuck|doesn't)|\bwho\ signed\b|\bwhich\ (?:courier|carrier)\ (?:has|is|delivers)\ my
          |\bwhich\ card\b.{{0,20}}\b(?:send|sent|refund)\b.{{0,10}}\bmy\b"
    ))
});

static METHOD_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:how\ (?:do|can|to|does|should|would|i\ can|long\ (?:do|does|is|until|will))|where\ (?:can|do|does|should|could|would|will)|
             can\ i|could\ i|what\ (?:if|should|do|does|now|happens|can|must)|do\ my|^will\ my|if\ (?:my|i|the)|is\ it\ possible|
             may\ i|am\ i\ (?:able|allowed|entitled)|what\ now|next\ step|free|covered|safe|eligible|broken|damaged|wrong|policy|coupon|usually|normally|
             too\ many|attempts|verification|captcha|log\ ?in|sign\ ?in|password|
             normal|make\ up\ for|what(?:'s|\ is|\ are)\ the\ (?:\w+\ ){0,2}(?:charge|fees?|costs?|price|policy)|compensat\w*|anything\ for\ (?:that|it|this)|costs?\ you|who\ pays|pay\ for|
             (?:they|it|this|these|that)\ (?:still\ )?be\ (?:fixed|repaired|returned|exchanged|refunded)|can\ you\ (?:hold|keep|store)|
             after\ (?:i|we|you)\ (?:pay|order|return|send))\b",
    )
});

/// A parcel that is shown as delivered and did not come: what to do then is the same for everybody, and a help page says it.
static LOST_EN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bdelivered\b.{0,40}\b(?:never|not|no|nothing|nowhere|haven't|hasn't|didn't|don't|isn't|wasn't|can't)\b"));

/// Whether only a look-up of this customer's own order, parcel, refund, ticket or account can answer.
pub fn personal_order(input: RuleInput<'_>) -> bool {
    let folded = input.folded;
    if names_a_case(folded) {
        return true;
    }
    if !folded.chars().any(crate::text::normalize::is_han) {
        return ASKS_EN.is_match(folded) && !METHOD_EN.is_match(folded) && !LOST_EN.is_match(folded);
    }
    let compact = compact(folded);
    // A plea to look beats a question of method beside it: 帮我看看怎么还没到.
    if LOOK_UP.is_match(&compact) && !METHOD_ZH.is_match(&compact) {
        return true;
    }
    !METHOD_ZH.is_match(&compact) && (STATE_ZH.is_match(&compact) || (OWN_ZH.is_match(&compact) && OWN_STATE_ZH.is_match(&compact)))
}

/// Letters and digits, every other stretch but white space as one comma, none at the ends.
fn compact(folded: &str) -> String {
    let mut compact = String::with_capacity(folded.len());
    for c in folded.chars().filter(|c| !c.is_whitespace()) {
        if c.is_alphanumeric() {
            compact.push(c);
        } else if !compact.is_empty() && !compact.ends_with(',') {
            compact.push(',');
        }
    }
    compact.truncate(compact.trim_end_matches(',').len());
    compact
}

/// An address on the web: the numbers in it are pages and goods.
static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:https?://|www\.)[!-~]+"));

/// A word that says that the number behind it is an order's.
static ORDER_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:单|\b(?:order|tracking|parcel|waybill))(?:号码?|编号|\s|:|是|为|number|no\.?|id|is|\#)*$"));

/// A word that says that the number behind it is of something else.
static OTHER_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:银行卡|信用卡|储蓄卡|借记卡|身份证|护照|通行证|条形?码|商品码|商品编[码号]|货号|款号|防伪码|批[号次]|序列号|税号|信用代码|热线|电话|手机|微信|qq|邮编
          |\b(?:bar\s?code|ean|upc|isbn|imei|sku|serial|s/?n|bank\ card|credit\ card|debit\ card|passport|id\ card|phone|tel|telephone|hotline|mobile))
          (?:号码?|编[码号]|的|是|为|\s|:|,|number|no\.?|is|\#)*$",
    )
});

/// The same of the number before it.
static OTHER_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s?(?:这个|这|是|的)*(?:条形?码|商品码|防伪码|货号|银行卡|信用卡|身份证|bar\s?code|(?:is\ )?(?:the\ |a\ )?bar\s?code)")
});

/// Whether some number in the message names one case. Numbers that are personal data of another kind, that stand in an address on the
/// web, or that a word beside them calls a barcode or the like do not.
fn names_a_case(folded: &str) -> bool {
    let personal = |kind| matches!(kind, FindingKind::Phone | FindingKind::Identity | FindingKind::BankCard);
    let masked: Vec<Range<usize>> = redact(folded).found.into_iter().filter(|f| personal(f.kind)).map(|f| f.range).collect();
    let links: Vec<Range<usize>> = LINK.find_iter(folded).map(|link| link.range()).collect();
    let mut from = 0;
    while let Some(number) = NUMBER.captures_at(folded, from).and_then(|found| found.name("number")) {
        from = number.end();
        let within = |ranges: &[Range<usize>]| ranges.iter().any(|range| number.start() < range.end && range.start < number.end());
        let before = &folded[..number.start()];
        // “card 6222…” is found with the word.
        let to_digits = &folded[..number.start() + number.as_str().find(|c: char| c.is_ascii_digit()).unwrap_or(0)];
        let digits: String = number.as_str().chars().filter(char::is_ascii_digit).collect();
        let mobile = digits.len() == 11 && digits.starts_with('1') && !number.as_str().contains(|c: char| c.is_ascii_alphabetic());
        let called_otherwise = OTHER_BEFORE.is_match(to_digits) || OTHER_AFTER.is_match(&folded[number.end()..]);
        let other = called_otherwise || within(&links) || (within(&masked) && !ORDER_BEFORE.is_match(before));
        if !mobile && !digits.starts_with("400") && !other {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::judged;
    use super::*;

    #[test]
    fn judged_on_the_labelled_messages() {
        judged::hold("personal_order", 0.9, |line| line["label"] == true, personal_order);
    }
}
