"""A third party written with Authlib (https://authlib.org), which shares no line with the bank or with openid-client.

Usage: authlib-client.py begin|finish   with one JSON object on standard input; answers one JSON object.
begin   {issuer, client_id, key (private JWK), redirect_uri, scope, details}   -> {url, state}
finish  {..., state (as answered by begin), returned (the address the browser came back to), call: {method, path, body, headers}}
        -> {token: {...}, id_token: {claims}, call: {status, body}}
"""
import base64
import hashlib
import json
import sys
import time
import uuid

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebSignature, JsonWebToken
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from urllib.parse import parse_qs, urlencode, urlsplit


class Assertion(PrivateKeyJWT):
    alg = 'ES256'


def metadata(issuer):
    answer = requests.get(issuer + '/.well-known/oauth-authorization-server', timeout=20)
    answer.raise_for_status()
    known = answer.json()
    assert known['issuer'] == issuer, 'RFC 8414 3.3: the issuer is the one that was asked'
    return known


def session_of(told, known):
    session = OAuth2Session(
        told['client_id'], JsonWebKey.import_key(told['key']), token_endpoint_auth_method='private_key_jwt',
        redirect_uri=told['redirect_uri'])
    session.register_client_auth_method(Assertion(known['token_endpoint'], claims={'aud': known['issuer']}))
    return session


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def proof(key, method, url, token=None):
    claims = {'jti': str(uuid.uuid4()), 'htm': method, 'htu': url, 'iat': int(time.time())}
    if token is not None:
        claims['ath'] = b64(hashlib.sha256(token.encode()).digest())
    public = {name: value for name, value in key.as_dict().items() if name in ('kty', 'crv', 'x', 'y')}
    header = {'alg': 'ES256', 'typ': 'dpop+jwt', 'jwk': public}
    return JsonWebSignature(['ES256']).serialize_compact(header, json.dumps(claims).encode(), key).decode()


def begin(told):
    known = metadata(told['issuer'])
    session = session_of(told, known)
    verifier, nonce, state = generate_token(64), generate_token(24), generate_token(24)
    body = {
        'client_id': told['client_id'], 'response_type': 'code', 'redirect_uri': told['redirect_uri'],
        'scope': told['scope'], 'state': state, 'nonce': nonce,
        'code_challenge': create_s256_code_challenge(verifier), 'code_challenge_method': 'S256',
        'authorization_details': json.dumps(told['details']),
    }
    # Authlib 1.2 has no pushed requests of its own; the authentication of the client is its.
    auth = session.client_auth('private_key_jwt')
    url, headers, text = auth.prepare('POST', known['pushed_authorization_request_endpoint'],
                                      {'content-type': 'application/x-www-form-urlencoded'}, urlencode(body))
    answer = requests.post(url, data=text, headers=headers, timeout=20)
    if answer.status_code != 201:
        raise SystemExit('pushed request refused: %s %s' % (answer.status_code, answer.text))
    query = urlencode({'client_id': told['client_id'], 'request_uri': answer.json()['request_uri']})
    dpop = JsonWebKey.generate_key('EC', 'P-256', is_private=True)
    kept = {'verifier': verifier, 'nonce': nonce, 'state': state, 'dpop': dpop.as_dict(is_private=True)}
    return {'url': known['authorization_endpoint'] + '?' + query, 'state': kept}


def finish(told):
    known, kept = metadata(told['issuer']), told['state']
    session = session_of(told, known)
    returned = {name: values[0] for name, values in parse_qs(urlsplit(told['returned']).query).items()}
    if 'error' in returned:
        return {'error': returned['error'], 'iss': returned.get('iss')}
    assert returned['state'] == kept['state'], 'state'
    assert returned['iss'] == known['issuer'], 'RFC 9207: the answer comes from the bank that was asked'
    dpop = JsonWebKey.import_key(kept['dpop'])
    token = session.fetch_token(
        known['token_endpoint'], grant_type='authorization_code', code=returned['code'], code_verifier=kept['verifier'],
        headers={'DPoP': proof(dpop, 'POST', known['token_endpoint'])})
    assert token['token_type'] == 'DPoP', 'the token is bound'
    result = {'token': {name: token[name] for name in token if name != 'id_token'}}
    if 'id_token' in token:
        keys = JsonWebKey.import_key_set(usable(requests.get(known['jwks_uri'], timeout=20).json()))
        options = {'iss': {'essential': True, 'value': known['issuer']},
                   'aud': {'essential': True, 'value': told['client_id']}}
        claims = JsonWebToken(['PS256']).decode(token['id_token'], keys, claims_cls=CodeIDToken,
                                                claims_options=options, claims_params={'nonce': kept['nonce']})
        claims.validate()
        result['id_token'] = dict(claims)
    call = told.get('call')
    if call is not None:
        url = told['issuer'] + call['path']
        headers = {'authorization': 'DPoP ' + token['access_token'],
                   'dpop': proof(dpop, call['method'], url, token['access_token']), **call.get('headers', {})}
        answer = requests.request(call['method'], url, json=call.get('body'), headers=headers, timeout=40)
        result['call'] = {'status': answer.status_code, 'body': answer.json() if answer.text else None}
    return result


def usable(keys):
    """RFC 7517 5: keys of a kind that one does not know are passed over."""
    return {'keys': [key for key in keys['keys'] if key['kty'] in ('EC', 'RSA')]}


if __name__ == '__main__':
    print(json.dumps({'begin': begin, 'finish': finish}[sys.argv[1]](json.load(sys.stdin))))
