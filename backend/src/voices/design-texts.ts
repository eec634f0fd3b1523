// What a designed voice says so that it can be kept: some ten seconds, with questions, numbers and a pause, in each
// language of the models. In: a language. Out: a text.

const texts: Readonly<Record<string, string>> = {
  chinese:
    "你好，很高兴认识你。今天早上我走过花园，看见三只小鸟在树上唱歌。你听见了吗？真是美好的一天，我想慢慢地把这个故事讲给你听。",
  english:
    "Hello, and welcome. This morning I walked through the garden and saw three small birds in the old tree. Did you hear them sing? It was a lovely day, and I would like to tell you all about it.",
  french:
    "Bonjour et bienvenue. Ce matin, j'ai traversé le jardin et j'ai vu trois petits oiseaux dans le vieil arbre. Les avez-vous entendus chanter ? C'était une belle journée, et j'aimerais vous la raconter.",
  german:
    "Hallo und willkommen. Heute Morgen bin ich durch den Garten gegangen und habe drei kleine Vögel im alten Baum gesehen. Haben Sie sie singen gehört? Es war ein schöner Tag, und ich möchte Ihnen davon erzählen.",
  italian:
    "Buongiorno e benvenuti. Stamattina ho attraversato il giardino e ho visto tre uccellini sul vecchio albero. Li avete sentiti cantare? Era una bella giornata, e vorrei raccontarvi tutto.",
  japanese:
    "こんにちは、ようこそ。今朝、庭を歩いていたら、古い木に小さな鳥が三羽とまっていました。歌声が聞こえましたか。とても素敵な一日だったので、ゆっくりお話ししたいと思います。",
  korean:
    "안녕하세요, 반갑습니다. 오늘 아침 정원을 걷다가 오래된 나무에서 작은 새 세 마리를 보았어요. 노랫소리를 들으셨나요? 참 아름다운 하루였고, 그 이야기를 천천히 들려드리고 싶어요.",
  portuguese:
    "Olá e bem-vindos. Hoje de manhã atravessei o jardim e vi três passarinhos na velha árvore. Vocês os ouviram cantar? Foi um dia lindo, e eu gostaria de contar tudo a vocês.",
  russian:
    "Здравствуйте, добро пожаловать. Сегодня утром я шла через сад и увидела трёх маленьких птиц на старом дереве. Вы слышали, как они поют? Это был прекрасный день, и я хочу вам о нём рассказать.",
  spanish:
    "Hola y bienvenidos. Esta mañana crucé el jardín y vi tres pajaritos en el viejo árbol. ¿Los oyeron cantar? Fue un día precioso, y me gustaría contárselo todo.",
};

export function designText(language: string): string {
  return texts[language.toLowerCase()] ?? texts.english!;
}
