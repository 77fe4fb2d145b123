//! Messages that cannot be understood without the one before: the topic is missing (多久？) or only pointed at (这种情况怎么办),
//! or one is merely put beside it (那运费呢, 换货也是吗).

use std::sync::LazyLock;

use regex::Regex;

use super::{RuleInput, pattern};
use crate::text::normalize::is_han;

/// The longest follow-up, in characters.
const MAX_CHARS: usize = 60;

/// Words that hold no topic: who, what, how, may, time, amount, and what one does with any form or page.
static TOPICLESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[我你您他她它们咱俺的地得了着过吗呢啊呀吧嘛么哦噢哈喔咯啦诶欸咁嘅㗎噶佢咗喺啲咩唔系係边边度呗撒噻那这哪个些种样儿里边面是不没冇有无未要能会可得该行成对错也都还又再就才只先后前
              上下中内外去来到在从给被把让跟和与或但而且因为所以如果要是假如万一的话与否用按做弄搞办整填点选写改看找说讲想问算出付收交拿带试等开关进退几多少大小贵贱钱块元天日月年小时分钟周点种次遍号条页步半整一二两三四五六七八九十0-9两俩]
          |怎么|咋|咋个|咋办|怎样|如何|点样|点解|点算|为什么|为啥|为何|什么|啥|咩|谁|哪里|哪儿|哪个|多久|多长|多少|几时|几天|幾|耐|时间|时候|什么时候|多长时间
          |可以|可否|能否|能不能|可不可以|行不行|要不要|需要|必须|一定|非得|应该|只能|不能|不行|不用|不要|不需要|不可以|唔得|唔使|得唔得|好不好|是不是|有没有|对不对|免费|收费|要钱|
             贵不贵
          |另外?|另一个|另一种|其他|其它|别的|其余|剩下|第|第一|第二|第三|前面|后面|之前|之后|以后|以前|然后|接下来|接着|后来|最后|下一步|刚才|刚刚|上面|下面|里面|现在|到时候|当时|
             同时|一起|分开|单独|各自|全部|部分|整个
          |这样|那样|这么|那么|这种|那种|这些|那些|这里|那里|这边|那边|情况|的情况|方法|办法|方式|选择|途径|步骤|流程|条件|要求|限制|范围|标准|原因|理由|意思|区别|细节|结果|问题|
             东西|资料|材料|证明|凭证|截图|照片|图片|信息|内容|按钮|选项|页面|界面|入口|链接|菜单|位置|地方|手机上|电脑上|网页|app|空白|显示|报错|提示|灰色|点不动|打不开|找不到|看不到|没看到|没找到|
             看不懂|不懂|没懂|不明白|不清楚|听不懂|没听懂|不会|试过|试了|弄过|做过
          |申请|提交|上传|下载|操作|办理|处理|填写|选择|确认|点击|打开|进入|撤回|撤销|取消|修改|更改|重新|再次|继续|自己|本人|别人|对方|商家|卖家|买家|同意|拒绝|不同意|通过|驳回|
             审核|超过|超出|超时|过期|过了|逾期|错过|忘了|不够|不足|不满|以内|之内|以上|以下|至少|最多|最少|最快|最慢|最晚|大概|大约|左右|一般|通常|具体|详细|简单|例如|比如|举例|说说|讲讲|解释|介绍|
             麻烦|复杂|简单点|确定|真的|肯定|保证|开始|结束|计算|算起|起算|当天|第二天|隔天|今天|明天|后天|昨天|周末|节假日|工作日|晚上|早上|一样|相同|不同|同样|也是|也行|也可以|也要|也算|也能|都行|
             都可以|都要|都能|好了|算数|有效|生效|管用|有用|没用|不管用|还是|仍然|依然|一直|已经|曾经|只有|除了|包括|包含|关于|对于|意味着|也就是说|就是说|换句话说|那如果|那要是|即使|除非|必要|靠谱吗|
             麻烦吗|难吗|快吗|慢吗|安全吗|贵吗|划算|够|够吗|拆|洗|穿|用过|扔)+$",
    )
});

/// Something put beside the topic: 那运费呢, 换货也是吗, 红色的呢, 预售的也是这样吗.
static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:那|咁|那么|那要是|那如果|如果|要是|要|还有|若|若是|万一|而|但|那我|假如)?(?:[\p{Han}a-z0-9]{1,9})(?:的话|的时候|这种|之后|以后|之类)?(?:呢|咧|嘞|又点|又如何|
             怎么说|怎么样)$
          |^(?:那|咁|如果|要是)?(?:[\p{Han}a-z0-9]{1,7})(?:也|都|又)(?:是|是不是|行|可以|要|能|算|一样|适用|得|需要|会|支持|包括|不行|不能|有|同样|系|
             得|包)(?:这样|这么|一样|如此|的|同样|吗|么|不|嘛|啊|算|咁)*$
          |^(?:那|咁)?(?:[\p{Han}a-z0-9]{1,6})(?:一样吗|同样吗|算吗|算不算|行吗|也?一样|适用吗|包括吗|有吗|有没有|可以吗|行不行|得唔得)$",
    )
});

/// A question of its own that looks like one put beside.
static OWN_QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"怎么(?:[^样说])|如何|为什么|为啥|点样|点解|哪里|在哪|多久|多少|几天|几号|什么|啥|我的.+呢$|谁|能不能|可不可以|会不会|是否|货到付款|发票有|有货|包邮|有发票|分期|支持|可以.+吗$|寄|送货",
    )
});

/// Points at what was said.
static POINTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:你|您)?(?:刚才|刚刚|上面|前面|之前)?(?:说|讲|提到|发|给)的(?:那个|这个|那种|那些|按钮|方法|链接|步骤|来|是|页面|都|办)|按(?:你|您).{0,4}说的|照(?:你|
             您).{0,4}(?:说|做)|^(?:那|咁)?(?:这|那)(?:种情况|个按钮|个页面|样做|样的话|个步骤|一步)|上面说的|后来又用了那个|跟刚才|和刚才|同上",
    )
});

static BESIDE_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:ok|okay|so|but|hmm|oh)\ )?(?:and|what\ about|how\ about|same\ (?:for|with|goes\ for)|also\ for|
             and\ (?:for|if|what\ about|with|in|on|to|how\ about)|or|even|but\ (?:for|what\ about)|only\ for|including|
             does\ (?:that|it|this)\ (?:also\ )?(?:apply|include|count|cover|work)(?:\ (?:to|for|with))?)\ (?:the\ |a\ |an\ |
             my\ |for\ |in\ )*(?:\w[\w-]*)(?:\ \w[\w-]*){0,2}(?:\ too|\ then|\ though|\ as\ well|\ also)?$",
    )
});

/// English words without a topic.
static TOPICLESS_EN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:a|an|the|and|or|but|so|ok|okay|oh|then|also|too|still|just|only|even|again|yet|now|well|if|when|while|
             because|than|i|i'm|i've|i'll|i'd|you|u|we|they|he|she|it|it's|its|that|that's|thats|this|these|those|them|one|
             ones|other|another|same|both|either|each|mine|my|your|there|here|where|where's|what|what's|which|who|whose|why|
             how|long|much|many|often|far|soon|fast|late|more|less|most|least|over|under|about|around|after|before|within|
             until|by|from|to|for|of|in|on|at|with|without|is|are|am|was|were|be|been|do|does|did|done|don't|doesn't|didn't|
             isn't|aren't|wasn't|can|can't|cannot|could|would|will|won't|should|must|may|might|have|has|had|haven't|hasn't|
             get|got|go|goes|going|make|need|want|mean|means|say|says|said|tell|told|know|think|see|find|found|look|looks|
             try|tried|work|works|worked|working|use|used|using|click|press|tap|open|fill|submit|upload|choose|select|pick|
             enter|confirm|change|changed|undo|apply|applies|count|counts|include|included|require|required|happen|happens|
             show|shows|pay|pays|cost|costs|charge|charged|fee|take|takes|start|starts|end|ends|free|extra|possible|allowed|
             necessary|mandatory|true|sure|certain|right|wrong|okay|fine|different|better|first|second|third|last|next|step|
             steps|part|way|ways|option|options|method|reason|page|button|link|menu|tab|screen|form|field|document|documents|
             proof|photo|photos|file|files|info|information|detail|details|example|else|anything|something|nothing|
             everything|any|some|all|none|no|not|yes|day|days|week|weeks|month|months|hour|hours|minute|minutes|year|years|
             today|tomorrow|weekend|weekends|later|earlier|already|exactly|specific|explain|elaborate|clarify|please|pls|
             thing|things|case|\d+%?|up|out|back|myself|itself|refuse|refuses|refused|reject|rejected|agree|agrees|seller|
             forgot|forget|miss|missed|expired|greyed|gray|grey|blank|error|empty)$",
    )
});

const ANAPHORS: [&str; 15] =
    ["it", "it's", "its", "that", "that's", "thats", "this", "these", "those", "them", "one", "ones", "same", "there", "other"];

/// Whether the message cannot be understood without the one before it.
pub fn is_follow_up(input: RuleInput<'_>) -> bool {
    let letters: String = input.folded.chars().filter(|c| c.is_alphanumeric()).collect();
    let count = letters.chars().count();
    if count == 0 || count > MAX_CHARS {
        return false;
    }
    if letters.chars().any(is_han) {
        let body = letters.trim_start_matches("还有");
        let beside = count <= 14 && BESIDE.is_match(&letters) && !OWN_QUESTION.is_match(body);
        return (count >= 2 && TOPICLESS.is_match(&letters)) || beside || POINTS.is_match(&letters);
    }
    follow_up_en(input.folded)
}

fn follow_up_en(folded: &str) -> bool {
    let plain: String = folded.chars().map(|c| if c.is_alphanumeric() || matches!(c, '\'' | '-' | '%') { c } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let content = words.iter().filter(|word| !TOPICLESS_EN.is_match(word)).count();
    let points = words.iter().any(|word| ANAPHORS.contains(word));
    let beside = words.len() <= 6 && BESIDE_EN.is_match(&words.join(" ")) && !plain.contains(" do you ") && !plain.contains(" can i ");
    (content == 0 && words.len() >= 2)
        || (content == 1 && points && words.len() <= 9)
        || beside
        || matches!(words[..], ["why" | "how" | "where" | "when" | "who" | "what"])
}

#[cfg(test)]
mod tests {
    use super::super::judged;
    use super::*;

    #[test]
    fn judged_on_the_labelled_messages() {
        judged::hold("follow_up", 0.9, |line| line["label"] == true, is_follow_up);
    }
}
