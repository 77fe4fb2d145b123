"""Training text: reading it, normal forms for comparing it, small honest noise on Chinese, and banks of token ids."""

import gzip
import json
import random
import unicodedata
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

HERE = Path(__file__).parent

# The commonest characters that differ between the scripts, simplified above traditional.
SIMPLE = \
    "这个们来时会国为说对发动学机后还没过样现开问间长见车东钱买卖单货运费价订条码号换权话电视网络线维护员务结账帐户头实验证应" \
    "该给让从当点击图书写读语词边远达进选择优减满赠礼质坏损丢错误设备处办请审经门锁灯热凉净脏湿气温烧烟风厨卫厅卧阳台镜铁铜银" \
    "针缝纽裤衬袜宽紧松圆颜红绿蓝黄飞场轮邮递签仓库输赔偿险额总计积级别注册陆录绑隐协议约规则违举报诉纠纷调爱宾产厂称迟齿冲虫" \
    "丑触传疮纯带担胆导邓敌垫顶冻断队夺儿饭坟丰疯妇复赶岗巩沟构购谷顾刮关观归柜汉贺怀欢环汇获鸡极际继驾荐将奖浆讲酱胶阶节洁尽" \
    "惊静旧剧据惧觉壳课垦块亏扩拦栏篮懒烂劳乐类离历丽两疗猎邻临灵领乱论罗妈吗猫么霉梦灭亩难恼脑内鸟农盘喷苹凭齐骑启浅墙抢桥亲" \
    "轻庆穷区劝确饶扰认荣软洒伞丧扫伤绍摄绅胜圣师识试势适树帅双谁顺丝饲苏虽随孙态摊谈汤题体听团脱弯万围稳无雾细戏纤显献乡响项" \
    "销兴许续寻训压亚严盐养药业叶医义艺忆阴饮拥鱼与预园愿跃云杂载枣责贼债张涨赵侦阵镇争织职执纸终种肿众昼猪烛转庄装壮状准浊组" \
    "钻"
TRADITIONAL = \
    "這個們來時會國為說對發動學機後還沒過樣現開問間長見車東錢買賣單貨運費價訂條碼號換權話電視網絡線維護員務結賬帳戶頭實驗證應" \
    "該給讓從當點擊圖書寫讀語詞邊遠達進選擇優減滿贈禮質壞損丟錯誤設備處辦請審經門鎖燈熱涼淨髒濕氣溫燒煙風廚衛廳臥陽臺鏡鐵銅銀" \
    "針縫紐褲襯襪寬緊鬆圓顏紅綠藍黃飛場輪郵遞簽倉庫輸賠償險額總計積級別註冊陸錄綁隱協議約規則違舉報訴糾紛調愛賓產廠稱遲齒衝蟲" \
    "醜觸傳瘡純帶擔膽導鄧敵墊頂凍斷隊奪兒飯墳豐瘋婦復趕崗鞏溝構購穀顧颳關觀歸櫃漢賀懷歡環匯獲雞極際繼駕薦將獎漿講醬膠階節潔盡" \
    "驚靜舊劇據懼覺殼課墾塊虧擴攔欄籃懶爛勞樂類離歷麗兩療獵鄰臨靈領亂論羅媽嗎貓麼黴夢滅畝難惱腦內鳥農盤噴蘋憑齊騎啟淺牆搶橋親" \
    "輕慶窮區勸確饒擾認榮軟灑傘喪掃傷紹攝紳勝聖師識試勢適樹帥雙誰順絲飼蘇雖隨孫態攤談湯題體聽團脫彎萬圍穩無霧細戲纖顯獻鄉響項" \
    "銷興許續尋訓壓亞嚴鹽養藥業葉醫義藝憶陰飲擁魚與預園願躍雲雜載棗責賊債張漲趙偵陣鎮爭織職執紙終種腫眾晝豬燭轉莊裝壯狀準濁組" \
    "鑽"
TO_TRADITIONAL = str.maketrans(SIMPLE, TRADITIONAL)
TO_SIMPLE = str.maketrans(TRADITIONAL, SIMPLE)

# Sound-alikes and slips of the input method that customers really make.
SOUNDS = [("的", "得"), ("在", "再"), ("到账", "到帐"), ("账号", "帐号"), ("登录", "登陆"), ("怎么", "肿么"), ("怎么", "咋"),
          ("什么", "啥"), ("没有", "木有"), ("快递", "块递"), ("发货", "法货"), ("退款", "推款"), ("可以", "可已"), ("已经", "以经"),
          ("为什么", "为啥"), ("支付", "支负"), ("优惠券", "优惠卷"), ("包邮", "包油"), ("客服", "客付"), ("订单", "定单"), ("多少", "多小")]
OPENERS = ["请问", "你好，", "亲，", "在吗，", "麻烦问下", "那个，", "想问一下", "客服，"]
CLOSERS = ["呀", "呢", "啊", "谢谢", "，在线等", "，急"]
ENDINGS = " \t\n?？!！.。~…,，;；"
DASHES = "".join(map(chr, range(0x2010, 0x2016))) + "\u2212"
ONE_FOR_MANY = str.maketrans({**{c: "-" for c in DASHES}, **{c: "'" for c in "‘’‛`´′"}, **{c: '"' for c in "“”„«»「」『』"}})


def fold(text):
    """The form in which the program gives a text to the encoder: width, case, script, runs of marks and space, no end mark.

    An approximation of the program's own folding that is exact for nearly every text: its table of characters is shorter.
    """
    text = unicodedata.normalize("NFKC", text).translate(TO_SIMPLE).lower().translate(ONE_FOR_MANY)
    kept, last = [], ""
    for c in " ".join(text.split()):
        if c == last and c in "!?.,;:~。、·-_*^…":
            continue
        kept.append(c)
        last = c
    text = "".join(c for i, c in enumerate(kept) if c != " " or not (is_chinese(kept[i - 1]) and is_chinese(kept[i + 1])))
    return text.rstrip(ENDINGS) or text


def read_jsonl(path):
    """Rows of a .jsonl or .jsonl.gz file."""
    opened = gzip.open(path, "rt", encoding="utf-8") if str(path).endswith(".gz") else open(path, encoding="utf-8")
    with opened as lines:
        return [json.loads(line) for line in lines if line.strip()]


def plain(text):
    """The form in which texts are compared: width, case, script and punctuation taken away."""
    text = unicodedata.normalize("NFKC", text).lower().translate(TO_SIMPLE)
    return " ".join("".join(c if c.isalnum() else " " if c.isspace() else "" for c in text).split())


def is_chinese(text):
    return any("一" <= c <= "鿿" for c in text)


def roughen(text, rng):
    """One light change to a Chinese text, as customers type; what folding takes away (script, width, end marks) is left out."""
    kind = rng.random()
    if kind < 0.3:
        usable = [pair for pair in SOUNDS if pair[0] in text]
        if usable:
            return text.replace(*rng.choice(usable), 1)
    if kind < 0.55 and len(text) > 5:
        i = rng.randrange(len(text) - 1)
        return text[:i] + text[i + 1 :] if rng.random() < 0.5 else text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    if kind < 0.75:
        return rng.choice(OPENERS) + text
    if kind < 0.9:
        return text.rstrip(ENDINGS) + rng.choice(CLOSERS)
    return text.replace("，", " ").replace("、", " ")


class Bank:
    """Texts as token ids in one flat array on the device; everything else refers to them by number."""

    without_padding = True  # on a GPU

    def __init__(self, tokenizer, limit, form=fold):
        self.tokenizer = Tokenizer.from_file(str(tokenizer)) if isinstance(tokenizer, (str, Path)) else tokenizer
        self.limit, self.form = limit, form
        self.raw, self.number, self.ids = [], {}, None

    def add(self, text):
        """The number of a text; texts that fold to the same have one number."""
        key = self.form(text)
        if key not in self.number:
            self.number[key] = len(self.raw)
            self.raw.append(text)
        return self.number[key]

    def freeze(self, device):
        """Tokenises everything and moves it to the device."""
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.limit)
        rows = [np.array(e.ids, np.int32) for e in self.tokenizer.encode_batch(list(self.number))]
        self.lengths = np.array([len(row) for row in rows], np.int64)
        self.begins = torch.from_numpy(np.cumsum(self.lengths) - self.lengths).to(device)
        self.ids = torch.from_numpy(np.concatenate(rows)).to(device)
        return self

    def vectors(self, model, numbers, budget=None):
        """Unit vectors of the texts with these numbers, in order; at most `budget` tokens at a time."""
        numbers = np.asarray(numbers, np.int64)
        device = self.ids.device
        if device.type == "cuda" and self.without_padding:
            return self.packed(model, numbers, budget or 1 << 20)
        order = np.argsort(self.lengths[numbers], kind="stable")
        widths = (self.lengths[numbers[order]] + 7) // 8 * 8
        parts, start, budget = [], 0, budget or 8192
        while start < len(order):
            stop = start + 1
            while stop < len(order) and widths[stop] * (stop + 1 - start) <= budget:
                stop += 1
            parts.append(model(self.padded(numbers[order[start:stop]], int(widths[stop - 1]), model.pad)))
            start = stop
        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        return torch.cat(parts)[torch.from_numpy(back).to(device)]

    def padded(self, numbers, width, filler):
        """The ids of texts no longer than `width`, one text a row."""
        device = self.ids.device
        place = torch.arange(width, device=device)
        inside = place < torch.from_numpy(self.lengths[numbers]).to(device)[:, None]
        at = (self.begins[torch.from_numpy(numbers).to(device)][:, None] + place).clamp_max(len(self.ids) - 1)
        return self.ids[at].masked_fill(~inside, filler).long()

    def packed(self, model, numbers, budget):
        device, parts, start = self.ids.device, [], 0
        ends = np.cumsum(self.lengths[numbers])
        while start < len(numbers):
            before = ends[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, before + budget, "right")))
            rows = torch.from_numpy(numbers[start:stop]).pin_memory().to(device, non_blocking=True)
            own = self.lengths[numbers[start:stop]]
            lengths = torch.from_numpy(own).pin_memory().to(device, non_blocking=True)
            count = int(ends[stop - 1] - before)
            shift = self.begins[rows] - (lengths.cumsum(0) - lengths)
            at = torch.arange(count, device=device) + torch.repeat_interleave(shift, lengths, output_size=count)
            parts.append(model.packed(self.ids[at].long(), lengths, int(own.max())))
            start = stop
        return torch.cat(parts)


def seeded(seed):
    return random.Random(seed), np.random.default_rng(seed)
