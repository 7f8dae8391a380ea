"""The console's routes, and what every request for a page passes: session, login, token, errors as pages.

Host, Origin, types and bounds of bodies were checked before (door/).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from localemr.api.changes import ANY
from localemr.aws.service import Caller
from localemr.console import (
    actions,
    catalog,
    cluster,
    cluster_actions,
    clusters,
    installation,
    login,
    metrics,
    steps,
    storage,
    storage_actions,
    stream,
    table_rows,
    timeline,
    uploads,
)
from localemr.console.calls import Api, Refused
from localemr.console.sessions import SECONDS, Session, Sessions
from localemr.console.site import STATIC, Site
from localemr.console.visits import HEADERS, Form, Visit
from localemr.webui.routes import is_navigation

Page = Callable[[Visit], Awaitable[Response]]

ROOT = "/console"
LOGIN = f"{ROOT}/login"
PAGES: tuple[tuple[str, Page], ...] = (
    ("/", clusters.page),
    (f"{ROOT}/clusters/{{cluster}}", cluster.page),
    (f"{ROOT}/clusters/{{cluster}}/metrics", metrics.page),
    (f"{ROOT}/clusters/{{cluster}}/events", timeline.page),
    (f"{ROOT}/clusters/{{cluster}}/steps/{{step}}", steps.page),
    (f"{ROOT}/clusters/{{cluster}}/steps/{{step}}/download", steps.download),
    (f"{ROOT}/s3", storage.buckets),
    (f"{ROOT}/s3/{{bucket}}", storage.folder),
    (f"{ROOT}/s3/{{bucket}}/object", storage.object_page),
    (f"{ROOT}/s3/{{bucket}}/download", storage.download),
    (f"{ROOT}/catalog", catalog.databases),
    (f"{ROOT}/catalog/{{database}}", catalog.tables),
    (f"{ROOT}/catalog/{{database}}/{{table}}", catalog.table),
    (f"{ROOT}/catalog/{{database}}/{{table}}/rows", table_rows.page),
    (f"{ROOT}/installation", installation.page),
)
"""Pages to read."""
FORMS: tuple[tuple[str, Page, Page], ...] = tuple(
    (f"{ROOT}/{path}", actions.form_page(action), actions.sent(action))
    for path, action in (cluster_actions.ACTIONS | storage_actions.ACTIONS).items()
)
"""Actions: the page with the form, and what its button does."""


def console_routes(site: Site) -> list[Route]:
    """The routes of the console."""
    console = _Console(site)
    routes = [Route(path, console.guarded(page), methods=["GET"]) for path, page in PAGES]
    for path, form, sent in FORMS:
        routes.append(Route(path, console.guarded(form), methods=["GET"]))
        routes.append(Route(path, console.guarded(sent), methods=["POST"]))
    routes += [
        Route(LOGIN, console.guarded(login.page, public=True), methods=["GET"]),
        Route(LOGIN, console.guarded(console.log_in, public=True), methods=["POST"]),
        Route(f"{ROOT}/s3/{{bucket}}/upload", console.guarded(uploads.upload), methods=["POST"]),
        Route(f"{ROOT}/logout", console.guarded(console.log_out), methods=["POST"]),
        Route(f"{ROOT}/static/{{name}}", console.static, methods=["GET"]),
        Route(ROOT, _to_start, methods=["GET"]),
    ]
    return routes


async def _to_start(request: Request) -> Response:
    return RedirectResponse("/", 307)


def _followed_elsewhere(request: Request) -> bool:
    """Whether a link on another site led here. Then the browser has not sent the cookie (SameSite=Strict), though it
    may have one: it opens the page once more, from here."""
    return request.headers.get("sec-fetch-site") in ("cross-site", "same-site") and is_navigation(request)


def _path(request: Request) -> str:
    """Path and query."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


class _Console:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._sessions = Sessions(site.settings.accepted_keys)
        # Cookies do not depend on the port: another installation's console has another name.
        self._cookie = f"localemr-console-{site.settings.port}"

    def guarded(self, page: Page, public: bool = False) -> Callable[[Request], Awaitable[Response]]:
        """The page for requests that may see it; `public`: also without a login."""

        async def answer(request: Request) -> Response:
            streamed = stream.is_wanted(request)
            if request.url.path == "/" and not (is_navigation(request) or streamed):
                raise HTTPException(405, headers={"Allow": "POST"})  # as for every program that reads the API's address
            session = self._sessions.read(request.cookies.get(self._cookie, ""))
            if session is None and _followed_elsewhere(request):
                return self._visit(request, self._sessions.begin()).page("again.html", url=_path(request))
            if self._sessions.login_needed and not public and not (session and session.access_key):
                return self._to_login(request)
            current = session or self._sessions.begin()
            visit = self._visit(request, current)
            if streamed:
                response = self._stream(page, visit)
            else:
                response = await self._answer(page, visit)
            if session is None and "set-cookie" not in response.headers:
                self._keep(request, response, current)
            return response

        return answer

    def _stream(self, page: Page, visit: Visit) -> Response:
        cluster_id = visit.request.path_params.get("cluster", ANY)
        return stream.follow(lambda: self._answer(page, visit), self._site.changes, cluster_id, HEADERS)

    def _visit(self, request: Request, session: Session) -> Visit:
        # Callers without keys are as those that do not sign.
        caller = Caller(session.access_key or None, None, f"{request.url.scheme}://{request.url.netloc}")
        return Visit(self._site, request, session, self._sessions, Api(self._site.inside, caller))

    async def _answer(self, page: Page, visit: Visit) -> Response:
        try:
            if visit.request.method == "POST":
                if page is uploads.upload:  # its body is a file, which is not read as a whole
                    token = visit.request.headers.get(uploads.TOKEN, "")
                else:
                    form = Form((await visit.request.body()).decode())
                    visit, token = replace(visit, form=form), form.text("token")
                if not self._sessions.good(visit.session, token):
                    return visit.page("error.html", 403, name="Not carried out", message=NO_TOKEN)
            return await page(visit)
        except Refused as error:
            return visit.page("error.html", error.status, name=error.name, message=error.message)
        except FileNotFoundError as error:
            return visit.page("error.html", 404, name="Not found", message=str(error))
        except OSError as error:
            return visit.page("error.html", 502, name="S3", message=str(error))
        except ValueError as error:
            return visit.page("error.html", 400, name="The request cannot be read", message=str(error))
        except ClientDisconnect:
            return PlainTextResponse("The request broke off.", 400)

    def _to_login(self, request: Request) -> Response:
        """A browser that opens a page is led to the login; forms and requests of scripts are refused."""
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse(NO_LOGIN, 401, HEADERS)
        if not is_navigation(request):
            visit = self._visit(request, self._sessions.begin())
            return visit.page("error.html", 401, name="Not carried out", message=NO_LOGIN)
        return RedirectResponse(f"{LOGIN}?next={quote(_path(request), safe='')}", 303, HEADERS)

    async def log_in(self, visit: Visit) -> Response:
        """Exchange access key and secret for a session."""
        key = visit.form.text("key")
        if not self._sessions.known(key, visit.form.text("secret")):
            return login.form(visit, 403, "There is no such pair of access key and secret key.")
        response = visit.go(login.place(visit.form.text("next")))
        self._keep(visit.request, response, self._sessions.begin(key))
        return response

    async def log_out(self, visit: Visit) -> Response:
        """End the session in this browser."""
        response = visit.go("/")
        response.delete_cookie(self._cookie)
        return response

    def _keep(self, request: Request, response: Response, session: Session) -> None:
        secure = request.url.scheme == "https"
        value = self._sessions.write(session)
        response.set_cookie(
            self._cookie, value, max_age=SECONDS, httponly=True, samesite="strict", secure=secure, path="/"
        )

    async def static(self, request: Request) -> Response:
        """A file that pages load."""
        name = request.path_params["name"]
        if name not in STATIC:
            raise HTTPException(404)
        headers = HEADERS | {"cache-control": "max-age=31536000, immutable"}
        return Response(self._site.files[name], 200, headers, STATIC[name])


NO_LOGIN = "A login is needed: there was none, or its session has ended."
NO_TOKEN = "The form has no token of this session. Open its page again, and send it from there."
