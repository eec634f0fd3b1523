// Twenty plain sentences, two in each language of the published models, for `qwen-tts model verify`.
// Each ends clearly, so that speech which does not end is the model's.

export type Sentence = { language: string; text: string };

export const sentences: readonly Sentence[] = [
  { language: "English", text: "The train to the coast leaves at half past nine." },
  { language: "English", text: "She opened the window, and the smell of rain came in." },
  { language: "Chinese", text: "今天早上我们在公园里看见了很多花。" },
  { language: "Chinese", text: "请把这封信交给门口的老师。" },
  { language: "Japanese", text: "明日の朝、駅の前で会いましょう。" },
  { language: "Japanese", text: "この本はとても面白かったです。" },
  { language: "Korean", text: "오늘 저녁에 같이 산책을 갈까요?" },
  { language: "Korean", text: "도서관은 아침 아홉 시에 문을 엽니다." },
  { language: "German", text: "Der Zug nach Hamburg hat heute zehn Minuten Verspätung." },
  { language: "German", text: "Im Garten hinter dem Haus stehen drei alte Apfelbäume." },
  { language: "French", text: "Nous avons mangé du pain frais au bord de la rivière." },
  { language: "French", text: "Le musée ferme ses portes à dix-huit heures." },
  { language: "Russian", text: "Вчера вечером мы долго гуляли по берегу моря." },
  { language: "Russian", text: "В этой комнате очень тихо и тепло." },
  { language: "Portuguese", text: "Amanhã de manhã vamos à praia com os amigos." },
  { language: "Portuguese", text: "O livro está em cima da mesa da cozinha." },
  { language: "Spanish", text: "La tienda de la esquina vende el mejor queso del barrio." },
  { language: "Spanish", text: "Mañana por la tarde lloverá en toda la costa." },
  { language: "Italian", text: "Ieri sera abbiamo cenato in una piccola trattoria." },
  { language: "Italian", text: "Il treno per Firenze parte dal binario cinque." },
];
