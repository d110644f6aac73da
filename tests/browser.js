// Looks at the report from within the page, and says what is wrong with it.  tests/browser puts this
// and tests/browser_*.js into a copy; the report itself has no script.
const wrong = [];
const start = (text) => text.trim().replace(/\s+/g, " ").slice(0, 60);
const say = (what, element) => {
	const figure = element?.closest("figure, table");
	const told = what + (element ? ": " + start(element.textContent) : "") +
		(figure ? " in " + start(figure.textContent) : "");
	if (wrong.length < 20 && !wrong.includes(told))
		wrong.push(told);
};
const data = JSON.parse(document.getElementById("data").textContent);

const lookAtAll = () => {
	const dark = matchMedia("(prefers-color-scheme: dark)").matches;
	const pieces = checkLook();
	checkParts();
	checkTables();
	checkPlots();
	parent.postMessage({ wrong, name, width: innerWidth, pieces: pieces.length,
			     theme: dark ? "dark" : "light" }, "*");
};
