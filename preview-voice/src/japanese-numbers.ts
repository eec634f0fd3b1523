// Numbers in Japanese text in, their reading in katakana out, with the counters whose reading the
// dictionary gets wrong behind digits. eSpeak NG reads digits in Japanese one by one or not at all.

const digits = ["ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー"];
const places = ["", "ジュー", "ヒャク", "セン"];
const groups = ["", "マン", "オク", "チョー"];
const groupDigits = 4;
/** Longer numbers are read digit by digit. */
const maxDigits = groupDigits * groups.length;

/** Sounds that change where digit and place meet. */
const joined: Record<string, string> = {
  サンヒャク: "サンビャク",
  ロクヒャク: "ロッピャク",
  ハチヒャク: "ハッピャク",
  サンセン: "サンゼン",
  ハチセン: "ハッセン",
};

/** Per counter: its usual reading, and whole numbers or last digits that are read in another way. */
const counters: Record<string, { reading: string; whole?: Words; lastDigit?: Words }> = {
  年: { reading: "ネン", lastDigit: { 4: "ヨネン" } },
  月: { reading: "ガツ", lastDigit: { 4: "シガツ", 7: "シチガツ", 9: "クガツ" } },
  日: {
    reading: "ニチ",
    whole: {
      1: "ツイタチ",
      2: "フツカ",
      3: "ミッカ",
      4: "ヨッカ",
      5: "イツカ",
      6: "ムイカ",
      7: "ナノカ",
      8: "ヨーカ",
      9: "ココノカ",
      10: "トーカ",
      14: "ジューヨッカ",
      20: "ハツカ",
      24: "ニジューヨッカ",
    },
  },
  時: { reading: "ジ", lastDigit: { 4: "ヨジ", 7: "シチジ", 9: "クジ" } },
  分: {
    reading: "フン",
    lastDigit: {
      0: "ップン",
      1: "イップン",
      3: "サンプン",
      4: "ヨンプン",
      6: "ロップン",
      8: "ハップン",
    },
  },
  円: { reading: "エン", lastDigit: { 4: "ヨエン" } },
  人: { reading: "ニン", whole: { 1: "ヒトリ", 2: "フタリ" }, lastDigit: { 4: "ヨニン" } },
};
type Words = Record<number, string>;

const numberPattern = /(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?([年月日時分円人%])?/gu;

/** Replace the numbers of a Japanese text by katakana. */
export function spellNumbers(text: string): string {
  return text.replace(numberPattern, (...[, whole, fraction, counter]: NumberMatch) => {
    const number = whole.replaceAll(",", "");
    if (fraction !== undefined) {
      return `${readWhole(number)}テン${readDigits(fraction)}${counterReading(counter)}`;
    }
    return counter === undefined ? readWhole(number) : readCounted(number, counter);
  });
}

/** All of it, its whole part, its fraction, its counter. */
type NumberMatch = [string, string, string | undefined, string | undefined];

function readCounted(number: string, counter: string): string {
  const { whole = {}, lastDigit = {} } = counters[counter] ?? {};
  const fixed = whole[Number(number)];
  if (fixed !== undefined) return fixed;
  const last = Number(number.at(-1));
  const ending = lastDigit[last];
  if (ending === undefined || Number(number) === 0) {
    return readWhole(number) + counterReading(counter);
  }
  const rest = number.slice(0, -1);
  if (last === 0) return joinTens(readWhole(number), ending);
  return (/[1-9]/.test(rest) ? readWhole(`${rest}0`) : "") + ending;
}

/** ジュー and ヒャク lose their end before ップン; セン and マン keep it and take プン. */
function joinTens(tens: string, ending: string): string {
  return tens.endsWith("ン")
    ? tens + ending.replace("ッ", "")
    : tens.replace(/[ーク]$/u, "") + ending;
}

function counterReading(counter: string | undefined): string {
  if (counter === undefined) return "";
  return counter === "%" ? "パーセント" : (counters[counter]?.reading ?? counter);
}

function readWhole(number: string): string {
  const significant = number.replace(/^0+(?=\d)/, "");
  if (significant === "0" || significant.length > maxDigits) return readDigits(number);
  let reading = "";
  for (let group = Math.ceil(significant.length / groupDigits) - 1; group >= 0; group--) {
    const end = significant.length - group * groupDigits;
    const part = readGroup(significant.slice(Math.max(0, end - groupDigits), end));
    if (part !== "") reading += part + groups[group]!;
  }
  return reading;
}

/** 1 to 4 digits. "" for zero. */
function readGroup(group: string): string {
  let reading = "";
  Array.from(group).forEach((digit, index) => {
    const place = group.length - 1 - index;
    if (digit === "0") return;
    const sound =
      digit === "1" && place > 0 ? places[place]! : digits[Number(digit)]! + places[place]!;
    reading += joined[sound] ?? sound;
  });
  return reading;
}

function readDigits(number: string): string {
  return Array.from(number, (digit) => digits[Number(digit)]!).join("");
}
