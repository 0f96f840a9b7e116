<?php
// A results service of PHP's own SOAP extension: the WSDL and its manner come from the environment.
ini_set("soap.wsdl_cache_enabled", "0");
date_default_timezone_set("UTC");

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

function page($since, $until, $offset, $key) {
    if ($key !== "geheim-0123456789") {
        throw new SoapFault("Client", "Ongeldige sleutel");
    }
    $since = str_replace("T", " ", (string) $since);
    $until = str_replace("T", " ", (string) $until);
    $found = array_filter(rows(), fn($row) => $row->modified >= $since && ($until === "" || $row->modified < $until));
    $found = array_slice(array_values($found), (int) $offset, 10);
    $poison = getenv("POISON");
    foreach ($found as $row) {
        if ($poison && $row->submission_nr == (int) $poison) {
            unset($row->username);
        }
    }
    return $found;
}

class Encoded {
    function Haal($institution_code, $key, $date_from, $date_to, $limit, $offset) {
        return page($date_from, $date_to, $offset, $key);
    }
}

class Literal {
    function Haal($asked) {
        return ["uitslag" => page($asked->date_from, $asked->date_to ?? "", $asked->offset ?? 0, $asked->key)];
    }
}

$server = new SoapServer(getenv("WSDL"));
$server->setClass(getenv("MANNER"));
$server->handle();
