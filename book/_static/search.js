/* The page of search results: finds places of the book (searched.js, made with the site), best first.

A word counts more the fewer places have it. A place needs not have all words; what it has of them
decides. Names that mean one thing are one: those of a glossary entry, and spellings of two sides of
an ocean. A word that the book does not have stands for those that begin with it or differ by a
letter. `Stemmer`, which takes off endings, is Sphinx's (language_data.js). */
"use strict";

addEventListener("DOMContentLoaded", () => {
  const SHOWN = 20;
  const AROUND = 110; // characters on either side of the first word found
  const COMMON = new Set(
    `a about an and any are as at be been between but by can could do does for from get gets had has have how
     i if in into is it its me my no not of on only or other our should so some than that the their them then
     there these they this to use used using vs versus was we were what when where which who why will
     with would you your`.split(/\s+/),
  );
  const SPELLINGS = [
    [/β/g, "beta"],
    [/\bauto[- ]encod/g, "autoencod"],
    [/\bnon[- ]linear/g, "nonlinear"],
    [/\bgrey/g, "gray"],
    [/\bdata sets?\b/g, "dataset"],
    [/(col|neighb|behavi|fav)our/g, "$1or"],
    [/\bcentr(e|ed|es|ing)\b/g, "center$1"],
    [/\bcenter(e|es)\b/g, "center"],
    [/\bcentere(d)\b/g, "centere$1"],
    [/(mod|lab)ell(ed|ing)/g, "$1el$2"],
    [/artefact/g, "artifact"],
    [/analys(e|ed|ing)\b/g, "analyz$1"],
    [/(normal|regular|optim|general|initial|quant|parameter|visual|binar|organ|local|minim|penal|factor|standard|maxim)is(e|ing|ation)/g,
      "$1iz$2"],
  ];
  const WEIGHTS = { title: 6, answers: 4, names: 4, within: 1.5, text: 1 };
  const KINDS = { section: 1, question: 1, term: 0.8, box: 0.55, code: 0.3 };
  const LESS = { "Check yourself": 0.55, "Read on": 0.5, Exercises: 0.4 };
  const EMPTY = 0.8; // a heading with nothing but headings under it
  const LENGTH = { k: 1.2, b: 0.5 }; // how soon more of a word tells nothing new, BM25's constants
  const NEXT = 0.7; // what a question, term or box is worth after another one
  const ALTERNATIVE = 0.85; // what a synonym is worth beside the word itself
  const PARTLY = 0.2; // what is left of a score where a place has next to nothing of the query
  const PART = 0.5; // and what a word is worth that is part of a name

  const stemmer = new Stemmer();
  const stems = new Map();
  const stem = (word) => {
    if (!stems.has(word)) stems.set(word, stemmer.stemWord(word));
    return stems.get(word);
  };
  const spelled = (text) =>
    SPELLINGS.reduce((now, [from, to]) => now.replace(from, to), text.toLowerCase());
  const words = (text) => spelled(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  const stemmed = (text) => words(text).filter((word) => !COMMON.has(word)).map(stem);

  // ---- the index

  const places = searched.places.map((place) => {
    const fields = {};
    for (const name of Object.keys(WEIGHTS)) {
      fields[name] = stemmed([place[name] ?? ""].flat().join(" . "));
    }
    const own = KINDS[place.kind] * (LESS[place.title] ?? 1) * (place.text ? 1 : EMPTY);
    const counts = new Map();
    for (const [name, found] of Object.entries(fields)) {
      for (const word of found) counts.set(word, (counts.get(word) ?? 0) + WEIGHTS[name]);
    }
    return { ...place, fields, counts, own, size: fields.text.length };
  });
  const meanSize = places.reduce((sum, place) => sum + place.size, 0) / places.length;
  const inPlaces = new Map();
  for (const { counts } of places) {
    for (const word of counts.keys()) inPlaces.set(word, (inPlaces.get(word) ?? 0) + 1);
  }
  const rarity = (n) => Math.log(1 + (places.length - n + 0.5) / (n + 0.5));
  const synonyms = searched.synonyms.map((names) => names.map(stemmed).filter((name) => name.length));

  /** How much of a name a place has: its words side by side, each field by its weight. */
  function amount(place, name) {
    if (name.length === 1) return place.counts.get(name[0]) ?? 0;
    if (!name.every((word) => place.counts.has(word))) return 0;
    let sum = 0;
    for (const [field, found] of Object.entries(place.fields)) {
      for (let at = found.indexOf(name[0]); at >= 0; at = found.indexOf(name[0], at + 1)) {
        if (name.every((word, n) => found[at + n] === word)) sum += WEIGHTS[field];
      }
    }
    return sum;
  }

  // ---- the question

  /** Whether two words differ by a letter that is another, too many, or changed places. */
  function near(a, b) {
    const [short, long] = a.length > b.length ? [b, a] : [a, b];
    let i = 0;
    while (i < short.length && short[i] === long[i]) i++;
    if (long.length > short.length) return short.slice(i) === long.slice(i + 1);
    const swapped = short[i] === long[i + 1] && short[i + 1] === long[i];
    return [1, ...(swapped ? [2] : [])].some((n) => short.slice(i + n) === long.slice(i + n));
  }
  const known = (word) => inPlaces.has(word);
  const standIns = (word) => {
    const all = [...inPlaces.keys()];
    const begins = (other) =>
      (word.length > 2 && other.startsWith(word)) || (other.length > 4 && word.startsWith(other));
    const longer = all.filter(begins);
    return longer.length || word.length < 5 ? longer : all.filter((other) => near(word, other));
  };

  /** What a query asks for: names, each with the others that mean the same, and unknown words. */
  function asked(query) {
    const left = stemmed(query);
    const concepts = [];
    const unknown = [];
    for (let from = 0; from < left.length; ) {
      const starts = (name) => name.every((word, n) => left[from + n] === word);
      const groups = synonyms.filter((names) => names.some(starts));
      const longest = groups.flat().filter(starts).sort((a, b) => b.length - a.length)[0];
      const name = longest ?? [left[from]];
      const same = (other) => other.join(" ") === name.join(" ");
      const others = groups.filter((names) => names.some(same)).flat().filter((other) => !same(other));
      from += name.length;
      if (others.length || known(name[0])) concepts.push({ name, others });
      else {
        const instead = standIns(name[0]).map((word) => [word]);
        if (instead.length) concepts.push({ name, others: instead });
        else unknown.push(name[0]);
      }
    }
    return { concepts, unknown };
  }

  /** How much of a concept a place has, what share of its name, and the words by which it does. */
  function had(place, { name, others }) {
    const forms = [name, ...others].map((words) => ({
      n: (words === name ? 1 : ALTERNATIVE) * amount(place, words),
      share: 1,
      words,
    }));
    const best = forms.reduce((a, b) => (b.n > a.n ? b : a));
    if (best.n || name.length === 1) return best;
    const parts = name.filter((word) => place.counts.has(word));
    const sum = parts.reduce((n, word) => n + place.counts.get(word), 0);
    return { n: (PART * sum) / name.length, share: parts.length / name.length, words: parts };
  }

  /** The places for a query, best first, each with its score and the words found in it. */
  function results({ concepts, unknown }) {
    const scored = places.map((place) => ({ place, score: 0, share: 0, found: [] }));
    let whole = unknown.length * rarity(0);
    for (const concept of concepts) {
      const amounts = places.map((place) => had(place, concept));
      const weight = rarity(amounts.filter(({ n }) => n > 0).length) * Math.sqrt(concept.name.length);
      whole += weight;
      amounts.forEach(({ n, share, words }, i) => {
        if (!n) return;
        const size = 1 - LENGTH.b + (LENGTH.b * places[i].size) / meanSize;
        scored[i].score += (weight * n * (LENGTH.k + 1)) / (n + LENGTH.k * size);
        scored[i].share += weight * share;
        scored[i].found.push(...words);
      });
    }
    const best = scored
      .map((one) => ({ ...one, score: one.score * one.place.own * (PARTLY + (1 - PARTLY) * (one.share / whole)) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, 2 * SHOWN);
    return mixed(best).slice(0, SHOWN);
  }

  /** The same, with less of each thing that is no section the more of these are before it. */
  function mixed(best) {
    let others = 0;
    const worth = ({ place, score }) =>
      place.kind === "section" ? score : score * NEXT ** others++;
    return best.map((one) => ({ ...one, score: worth(one) })).sort((a, b) => b.score - a.score);
  }

  // ---- what is shown

  const made = (tag, about = {}, ...inside) => {
    const element = Object.assign(document.createElement(tag), about);
    element.append(...inside);
    return element;
  };

  /** Text with the words that were found marked. */
  function marked(text, found) {
    const parts = text.split(/([\p{L}\p{N}-]+)/u);
    const hit = (part) => words(part).some((word) => found.has(stem(word)));
    return parts.map((part) => (hit(part) ? made("mark", {}, part) : part));
  }

  /** The stretch of a text with the most of the words that were found. */
  function passage(text, found) {
    const hits = [...text.matchAll(/[\p{L}\p{N}-]+/gu)].filter(([word]) =>
      words(word).some((one) => found.has(stem(one))),
    );
    if (!hits.length) return text.length > 2 * AROUND ? `${text.slice(0, 2 * AROUND)}…` : text;
    const within = (hit) => {
      const close = hits.filter((other) => other.index >= hit.index && other.index < hit.index + 2 * AROUND);
      return new Set(close.map(([word]) => stem(spelled(word)))).size;
    };
    const best = hits.reduce((a, b) => (within(b) > within(a) ? b : a));
    let start = Math.max(0, best.index - AROUND / 2);
    while (start > 0 && text[start - 1] !== " ") start--;
    let end = Math.min(text.length, start + 2.5 * AROUND);
    while (end < text.length && text[end] !== " ") end++;
    return `${start > 0 ? "… " : ""}${text.slice(start, end)}${end < text.length ? " …" : ""}`;
  }

  function shown({ place, found: all }) {
    const found = new Set(all);
    const has = (text) => stemmed(text).some((word) => found.has(word));
    const address = `${document.documentElement.dataset.content_root}${place.page}.html`;
    const link = made("a", { href: place.anchor ? `${address}#${place.anchor}` : address }, place.title);
    const item = made("li", {}, link);
    if (place.within) item.append(made("p", { className: "within" }, place.within.join(" › ")));
    const why = [
      ["Answers: ", (place.answers ?? []).filter(has)],
      ["Explains: ", [...new Set(place.names ?? [])].filter(has)],
    ];
    for (const [label, some] of why) {
      if (!some.length) continue;
      item.append(made("p", { className: "why" }, label, ...marked(some.slice(0, 3).join(" · "), found)));
    }
    if (place.text) {
      item.append(made("p", { className: "context" }, ...marked(passage(place.text, found), found)));
    }
    return item;
  }

  function show() {
    const query = new URLSearchParams(location.search).get("q")?.trim();
    for (const box of document.querySelectorAll('input[name="q"]')) box.value = query ?? "";
    if (!query) return;
    const wanted = asked(query);
    const best = results(wanted);
    const { unknown } = wanted;
    const lacks = unknown.length ? ` The book does not have “${unknown.join("”, “")}”.` : "";
    const count = best.length === SHOWN ? `The ${SHOWN} best places` : `Places found: ${best.length}`;
    document.getElementById("search-results").append(
      made("p", { className: "search-summary", role: "status" }, `${count}.${lacks}`),
      made("ol", { className: "search" }, ...best.map(shown)),
    );
  }

  show();
});
