<?php
// A results service of PHP's own SOAP extension: the WSDL and its manner come from the environment.
ini_set("soap.wsdl_cache_enabled", "0");
date_default_timezone_set("UTC");
const KEY = "geheim-0123456789";
const SIZE = 10;

function rows() {
    $rows = [];
    for ($place = 0; $place < 35; $place++) {
        $rows[] = (object) [
            "submission_nr" => 1000 + $place,
            "username" => (string) (1001 + $place % 7),
            "modified" => date("Y-m-d H:i:s", strtotime("2025-09-01 08:00:00") + 3600 * $place),
            "level" => "2F",
        ];
    }
    return $rows;
}

function refuse_unless($right) {
    if (!$right) {
        throw new SoapFault("Client", "Ongeldige sleutel");
    }
}

function within($since, $until) {
    $since = str_replace("T", " ", (string) $since);
    $until = str_replace("T", " ", (string) $until);
    return array_values(array_filter(
        rows(), fn($row) => $row->modified >= $since && ($until === "" || $row->modified < $until)
    ));
}

function spoil($found) {
    foreach ($found as $row) {
        if (getenv("POISON") && $row->submission_nr == (int) getenv("POISON")) {
            unset($row->username);
        }
    }
    return $found;
}

function slice($found, $begin) {
    return spoil(array_slice($found, (int) $begin, SIZE));
}

class Encoded {
    function Haal($institution_code, $key, $date_from, $date_to, $limit, $offset) {
        refuse_unless($key === KEY);
        return slice(within($date_from, $date_to), $offset);
    }
}

class Literal {
    protected function found($asked) {
        refuse_unless(($asked->key ?? "") === KEY);
        return slice(within($asked->date_from, $asked->date_to ?? ""), $asked->offset ?? 0);
    }
    function Haal($asked) {
        return ["uitslag" => $this->found($asked)];
    }
}

class Nested {
    function Haal($asked) {
        $asked = $asked->request;
        refuse_unless($asked->Secret === KEY && $asked->ClientCode === "ZAND");
        $found = slice(within($asked->Since, $asked->Until ?? ""), $asked->Skip ?? 0);
        return ["Leerlingen" => ["Leerling" => array_map(fn($row) => [
            "StudentNumber" => $row->username,
            "Uitslagen" => ["uitslag" => [[
                "SubmissionId" => $row->submission_nr,
                "Modified" => str_replace(" ", "T", $row->modified),
                "Level" => $row->level,
            ]]],
        ], $found)]];
    }
}

class Child extends Literal {
    function Haal($asked) {
        return ["uitslag" => array_map(fn($row) => [
            "submission_nr" => $row->submission_nr,
            "modified" => $row->modified,
            "level" => $row->level,
            "kandidaat" => ["naam" => "Sanne", "gebruikersnaam" => $row->username],
        ], $this->found($asked))];
    }
}

class Attributes extends Literal {
    function Haal($asked) {
        return ["uitslag" => array_map(fn($row) => [
            "_" => $row->level,
            "submission_nr" => $row->submission_nr,
            "username" => $row->username,
            "modified" => $row->modified,
        ], $this->found($asked))];
    }
}

class Constants extends Literal {
    function Haal($asked) {
        if ($asked->product !== "Facet" || $asked->taal !== "nl") {
            throw new SoapFault("Server", "Onbekend product");
        }
        return parent::Haal($asked);
    }
}

class Header extends Literal {
    private $right = false;
    function Aanmelding($given) {
        $this->right = $given->Sleutel === KEY && $given->Klantcode === "ZAND" && $given->Gebruiker === "magister";
    }
    protected function found($asked) {
        refuse_unless($this->right);
        return slice(within($asked->date_from, $asked->date_to ?? ""), $asked->offset ?? 0);
    }
}

class Basic extends Literal {
    protected function found($asked) {
        refuse_unless(($_SERVER["PHP_AUTH_USER"] ?? "") === "ZAND" && ($_SERVER["PHP_AUTH_PW"] ?? "") === KEY);
        return slice(within($asked->date_from, $asked->date_to ?? ""), $asked->offset ?? 0);
    }
}

class Security extends Literal {
    private $right = false;
    function Security($given) {
        $token = $given->UsernameToken;
        $made = isset($token->Nonce)
            ? base64_encode(sha1(base64_decode($token->Nonce) . $token->Created . KEY, true))
            : KEY;
        $this->right = $token->Username === "ZAND" && $token->Password === $made;
    }
    protected function found($asked) {
        refuse_unless($this->right);
        return slice(within($asked->date_from, $asked->date_to ?? ""), $asked->offset ?? 0);
    }
}

class Page extends Literal {
    protected function found($asked) {
        refuse_unless($asked->key === KEY);
        return slice(within($asked->date_from, $asked->date_to ?? ""), ($asked->page - 1) * SIZE);
    }
}

class Token {
    function Haal($asked) {
        refuse_unless($asked->key === KEY);
        $begin = (int) substr($asked->next_token ?? "na-0", 3);
        $all = within($asked->date_from, $asked->date_to ?? "");
        $more = $begin + SIZE < count($all);
        $reply = ["uitslag" => slice($all, $begin), "has_more" => $more];
        return $more ? $reply + ["next_token" => "na-" . ($begin + SIZE)] : $reply;
    }
}

$server = new SoapServer(getenv("WSDL"));
$server->setClass(getenv("MANNER"));
$server->handle();
