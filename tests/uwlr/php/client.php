<?php
// A supplier that asks by PHP's SOAP extension from the official contracts, by every operation. Prints JSON.

[$folder, $address, $year, $brin, $key, $code, $name, $pupil, $groups] = array_slice($argv, 1);
$space = 'http://www.edustandaard.nl/leerresultaten/2/autorisatie';
$header = fn ($key) => new SoapHeader($space, 'autorisatie',
    ['autorisatiesleutel' => $key, 'klantcode' => $code, 'klantnaam' => $name]);
$options = ['location' => $address, 'exceptions' => true, 'cache_wsdl' => WSDL_CACHE_NONE];
$asked = ['schooljaar' => $year, 'brincode' => $brin, 'xsdversie' => '2.2'];
$by_groups = $asked + ['groepen' => ['groep' => array_map(fn ($each) => ['key' => $each], json_decode($groups))]];

$client = new SoapClient("$folder/UWLR_Leerlinggegevens_v2p2.wsdl", $options);
$client->__setSoapHeaders([$header($key)]);
$whole = $client->__soapCall('HaalLeerlinggegevens', [$asked])->leerlinggegevens;
$structure = $client->__soapCall('HaalStructuur', [$asked])->{'leerlinggegevens-structuur'};
$pupils = $client->__soapCall('HaalLeerlingen', [$by_groups])->{'leerlinggegevens-leerlingen'};
$staff = $client->__soapCall('HaalLeerkrachten', [$by_groups])->{'leerlinggegevens-leerkrachten'};
$nothing = $client->__soapCall('HaalLeerlinggegevens', [['schooljaar' => '2031-2032'] + $asked]);
$keys = fn ($people) => array_map(fn ($each) => $each->key, is_array($people) ? $people : [$people]);
$found = [
    'whole' => $keys($whole->leerlingen->leerling), 'groups' => $keys($structure->groepen->groep),
    'pupils' => $keys($pupils->leerlingen->leerling), 'staff' => $keys($staff->leerkrachten->leerkracht),
    'nothing' => property_exists($nothing, 'geengegevens'),
];

$results = new SoapClient("$folder/UWLR_Leerresultaten_v2p2.wsdl", $options);
$results->__setSoapHeaders([$header($key)]);
$results->__soapCall('BrengLeerresultaten', [[
    'school' => ['aanmaakdatum' => '2024-11-20T10:00:00'] + $asked,
    'toetsafnames' => ['toetsafname' => [['leerlingid' => $pupil, 'resultaten' => ['resultaat' => [
        ['key' => 'php-1', 'afnamedatum' => '2024-11-19', 'toetscode' => 'T1', 'score' => 8]]]]]],
    'toetsen' => ['toets' => [['toetscode' => 'T1']]]]]);

$client->__setSoapHeaders([$header('x')]);
try {
    $client->__soapCall('HaalLeerlinggegevens', [$asked]);
} catch (SoapFault $fault) {
    $found['fault'] = $fault->faultcode;
}
echo json_encode($found);
